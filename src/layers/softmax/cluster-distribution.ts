import type { Handle, Ops } from '../../engines/ops.ts';
import { sumOf } from '../../sequence/arithmetic.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import { gatherRows } from '../gather-rows.ts';
import type { Clusters } from './clusters.ts';
import { across, logSoftmax, sumOfRow } from './row-cross-entropy.ts';

/** Places of numbers that are listed at once: as many as do not matter in memory. */
const PLACES = 2 ** 21;

/**
 * The logarithms of the probabilities of all classes, [...,V]: those of the head, and in a cluster those of its classes and of the
 * cluster together; and the way back.
 */
export function clusterDistribution(
  ops: Ops,
  weights: Readonly<Record<string, Handle>>,
  x: Handle,
  { head, headUnits, tails }: Clusters,
): {
  readonly y: Handle;
  backward(dy: Handle): { readonly weights: Record<string, Handle>; x(): Handle };
} {
  const [size, shape] = [x.shape.at(-1) as number, x.shape.slice(0, -1)];
  const R = sizeOf(shape);
  const rows = ops.reshape(x, [R, size]);
  const headWeight = weights['head.weight'] as Handle;
  const ofHead = logSoftmax(ops, ops.project(rows, headWeight, { bias: weights['head.bias'] }));
  const ofTails = tails.map((_, i) => {
    const [narrow, wide] = [weights[`tail.${i}.0.weight`] as Handle, weights[`tail.${i}.1.weight`] as Handle];
    const inner = ops.project(rows, narrow);
    const soft = logSoftmax(ops, ops.project(inner, wide));
    const select = new Float64Array(headUnits);
    select[head + i] = 1;
    const cluster = ops.project(ofHead.y, ops.upload(select, [1, headUnits]));
    return { narrow, wide, inner, soft, select, y: sumOf(ops, soft.y, across(ops, cluster, soft.y)) };
  });
  const widths = [headUnits, ...tails.map(({ count }) => count)];
  const joined = joinColumns(ops, [ofHead.y, ...ofTails.map(({ y }) => y)], widths, [head, ...widths.slice(1)]);
  return {
    y: ops.reshape(joined.y, [...shape, joined.y.shape[1] as number]),
    backward(dy) {
      const [byHead, ...byTails] = joined.backward(ops.reshape(dy, joined.y.shape)) as [Handle, ...Handle[]];
      let dHead = byHead;
      const grads: Record<string, Handle> = {};
      const inputs: (() => Handle)[] = [];
      for (const [i, { narrow, wide, inner, soft, select }] of ofTails.entries()) {
        const by = byTails[i] as Handle;
        dHead = ops.project(sumOfRow(ops, by), ops.upload(select, [headUnits, 1]), { plus: dHead });
        const dz = soft.backward(by);
        const dInner = ops.projectInputGrad(dz, wide);
        grads[`tail.${i}.0.weight`] = ops.projectWeightGrad(dInner, rows);
        grads[`tail.${i}.1.weight`] = ops.projectWeightGrad(dz, inner);
        inputs.push(() => ops.projectInputGrad(dInner, narrow));
      }
      const dz = ofHead.backward(dHead);
      grads['head.weight'] = ops.projectWeightGrad(dz, rows);
      if (weights['head.bias']) grads['head.bias'] = ops.sumRows(dz);
      return {
        weights: grads,
        x: () =>
          ops.reshape(
            inputs.reduce((sum, part) => sumOf(ops, sum, part()), ops.projectInputGrad(dz, headWeight)),
            x.shape,
          ),
      };
    },
  };
}

/**
 * Matrices [R,width] side by side, [R,V], block of rows by block of rows, as each block of the same size has its numbers at the same places.
 * @param kept how many of the first columns of each are taken
 */
function joinColumns(
  ops: Ops,
  parts: readonly Handle[],
  widths: readonly number[],
  kept: readonly number[],
): { readonly y: Handle; backward(dy: Handle): Handle[] } {
  const R = parts[0]?.shape[0] as number;
  const units = kept.reduce((sum, width) => sum + width, 0);
  const most = Math.max(1, Math.floor(PLACES / units));
  const blocks = Array.from({ length: Math.ceil(R / most) }, (_, i) => ({
    from: i * most,
    count: Math.min(most, R - i * most),
  })).map(({ from, count }) => {
    const stacked = ops.concat(
      parts.map((part, i) => ops.reshape(ops.rows(part, from, from + count), [count * (widths[i] as number), 1])),
    );
    return { from, count, taken: gatherRows(ops, stacked, places(count, widths, kept), [count, units]) };
  });
  return {
    y: ops.reshape(ops.concat(blocks.map(({ count, taken }) => ops.reshape(taken.y, [count, units]))), [R, units]),
    backward(dy) {
      const back = blocks.map(({ from, count, taken }) => taken.backward(ops.rows(dy, from, from + count)));
      return parts.map((_, i) => {
        const width = widths[i] as number;
        const before = widths.slice(0, i).reduce((sum, one) => sum + one, 0);
        return ops.concat(
          blocks.map(({ count }, block) =>
            ops.reshape(ops.rows(back[block] as Handle, count * before, count * (before + width)), [count, width]),
          ),
        );
      });
    },
  };
}

/** Of each number of rows side by side, its place among those of the matrices one after the other. */
function places(count: number, widths: readonly number[], kept: readonly number[]): Int32Array {
  const units = kept.reduce((sum, width) => sum + width, 0);
  const out = new Int32Array(count * units);
  let [before, column] = [0, 0];
  for (const [i, width] of widths.entries()) {
    const taken = kept[i] as number;
    for (let row = 0; row < count; row++) {
      for (let k = 0; k < taken; k++) out[row * units + column + k] = before + row * width + k;
    }
    before += count * width;
    column += taken;
  }
  return out;
}
