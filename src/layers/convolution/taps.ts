import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { sumOf } from '../../sequence/arithmetic.ts';
import { type Gathered, gatherRows } from '../gather-rows.ts';

/**
 * The k-th rows of all windows, [windows,N], for each k; zeros where a window hangs over.
 * @param x [...,N], as rows of N
 * @param rows that stand in the windows, [windows,K]; -1 for what is around
 */
export function tapsOf(ops: Ops, x: Handle, rows: Int32Array, size: number): Gathered[] {
  return tapsAt(ops, x, rows, size, (window, k) => window[k] as number);
}

function tapsAt(
  ops: Ops,
  x: Handle,
  rows: Int32Array,
  size: number,
  place: (window: Int32Array, k: number) => number,
): Gathered[] {
  const windows = rows.length / size;
  return Array.from({ length: size }, (_, k) => {
    const places = Int32Array.from({ length: windows }, (_window, i) =>
      place(rows.subarray(i * size, (i + 1) * size), k),
    );
    return gatherRows(ops, x, places, [windows]);
  });
}

/** The largest value of each unit in windows, [windows,N]. Of equal values the first takes the gradient. */
export function largestOf(ops: Ops, x: Handle, rows: Int32Array, size: number): Gathered {
  // Where a window hangs over, the first row that it has stands again, which changes no maximum.
  const taps = tapsAt(ops, x, rows, size, (window, k) => {
    const row = window[k] as number;
    return row < 0 ? (window.find((other) => other >= 0) ?? -1) : row;
  });
  let { y: top } = taps[0] as Gathered;
  const wins: Handle[] = [];
  for (const { y } of taps.slice(1)) {
    const step = ops.run(larger, { inputs: { top, x: y } });
    top = step.top;
    wins.push(step.wins);
  }
  return {
    y: top,
    backward(dy) {
      // Backwards, the first win met is the last one made: it takes the gradient, and no other does.
      let rest = dy;
      const grads: Handle[] = [];
      for (const won of wins.toReversed()) {
        const step = ops.run(largerGrad, { inputs: { rest, wins: won } });
        grads.unshift(step.dx);
        rest = step.rest;
      }
      const parts = [rest, ...grads].map((grad, k) => (taps[k] as Gathered).backward(grad));
      return parts.reduce((sum, part) => sumOf(ops, sum, part));
    },
  };
}

const larger = kernel({
  name: 'maxPool',
  inputs: { top: ['before'], x: ['x'] },
  outputs: { top: ['top'], wins: ['wins'] },
  body: (a, v) => {
    const wins = a.greater(v.x, v.before);
    return { top: a.blend(wins, v.x, v.before), wins };
  },
});

const largerGrad = kernel({
  name: 'maxPoolGrad',
  inputs: { rest: ['before'], wins: ['wins'] },
  outputs: { dx: ['dx'], rest: ['rest'] },
  body: (a, v) => ({ dx: a.mul(v.wins, v.before), rest: a.mul(a.sub(a.constant(1), v.wins), v.before) }),
});
