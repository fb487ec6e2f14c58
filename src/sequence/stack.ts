import type { Cell, State } from '../cells/cell.ts';
import type { Handle, Ops } from '../engines/ops.ts';
import { unrollBidirectional } from './bidirectional.ts';
import { type Lane, unrollLane } from './lane.ts';
import type { CellWeights, SequenceInput, Unrolled } from './unroll.ts';

/**
 * Layers on top of each other: the output of one is the next one's input. Lanes are listed as in PyTorch: layer by
 * layer, and within a layer forward before reverse. Results by lane are in the same order.
 */
export function unrollStack(
  ops: Ops,
  cell: Cell,
  lanes: readonly Lane[],
  directions: 1 | 2,
  input: SequenceInput,
): Unrolled<readonly CellWeights[], readonly State[]> {
  const layers: Unrolled<readonly CellWeights[], readonly State[]>[] = [];
  let { x } = input;
  for (let first = 0; first < lanes.length; first += directions) {
    const [forward, reverse] = lanes.slice(first, first + directions) as [Lane, Lane?];
    const from = { x, lengths: input.lengths };
    const layer = reverse
      ? unrollBidirectional(ops, cell, [forward, reverse], from)
      : listed(unrollLane(ops, cell, forward, from));
    layers.push(layer);
    x = layer.y;
  }

  return {
    y: x,
    state: layers.flatMap(({ state }) => state),
    penalties: layers.flatMap(({ penalties }) => penalties),
    backward(dy, dstate) {
      const weights: CellWeights[][] = [];
      const state: State[][] = [];
      let dx = (): Handle => dy;
      for (const [index, layer] of [...layers.entries()].reverse()) {
        const first = index * directions;
        const grads = layer.backward(dx(), dstate?.slice(first, first + directions));
        weights[index] = [...grads.weights];
        state[index] = [...grads.state];
        dx = grads.x;
      }
      return { x: dx, weights: weights.flat(), state: state.flat() };
    },
  };
}

/** A single direction as a list of one. */
function listed(run: Unrolled<CellWeights, State>): Unrolled<readonly CellWeights[], readonly State[]> {
  return {
    y: run.y,
    state: [run.state],
    penalties: run.penalties,
    backward(dy, dstate) {
      const { x, weights, state } = run.backward(dy, dstate?.[0]);
      return { x, weights: [weights], state: [state] };
    },
  };
}
