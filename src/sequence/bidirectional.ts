import type { Cell, State } from '../cells/cell.ts';
import { kernel } from '../engines/kernel.ts';
import type { Ops } from '../engines/ops.ts';
import { sumOf } from './arithmetic.ts';
import { type Lane, unrollLane } from './lane.ts';
import type { CellWeights, SequenceInput, Unrolled } from './unroll.ts';

/** A lane's reverse reads each sample backwards over its valid part; the results stand at the step they belong to. */
export function unrollReversed(
  ops: Ops,
  cell: Cell,
  lane: Lane,
  { x, lengths }: SequenceInput,
): Unrolled<CellWeights, State> {
  const reversed = { x: ops.reverse(x, lengths), lengths };
  const run = unrollLane(ops, cell, lane, reversed);
  return {
    y: ops.reverse(run.y, lengths),
    state: run.state,
    penalties: run.penalties,
    backward(dy, dstate) {
      const grads = run.backward(ops.reverse(dy, lengths), dstate);
      return { ...grads, x: () => ops.reverse(grads.x(), lengths) };
    },
  };
}

/** Both directions over the same input; y is [T,B,2H], forward then reverse. */
export function unrollBidirectional(
  ops: Ops,
  cell: Cell,
  [forward, reverse]: readonly [Lane, Lane],
  input: SequenceInput,
): Unrolled<readonly CellWeights[], readonly State[]> {
  const ahead = unrollLane(ops, cell, forward, input);
  const back = unrollReversed(ops, cell, reverse, input);
  return {
    y: ops.run(join, { inputs: { ahead: ahead.y, back: back.y } }).both,
    state: [ahead.state, back.state],
    penalties: [...ahead.penalties, ...back.penalties],
    backward(dy, dstate) {
      const d = ops.run(split, { inputs: { both: dy } });
      const a = ahead.backward(d.ahead, dstate?.[0]);
      const b = back.backward(d.back, dstate?.[1]);
      return {
        weights: [a.weights, b.weights],
        state: [a.state, b.state],
        x: () => sumOf(ops, a.x(), b.x()),
      };
    },
  };
}

const join = kernel({
  name: 'joinDirections',
  inputs: { ahead: ['a'], back: ['b'] },
  outputs: { both: ['first', 'second'] },
  body: (_, v) => ({ first: v.a, second: v.b }),
});

const split = kernel({
  name: 'splitDirections',
  inputs: { both: ['first', 'second'] },
  outputs: { ahead: ['a'], back: ['b'] },
  body: (_, v) => ({ a: v.first, b: v.second }),
});
