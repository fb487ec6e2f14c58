import type { CellName } from '../../../cells/cells.ts';
import { GRU_GATES, LSTM_GATES, RNN_GATES } from '../../../cells/gates.ts';
import { show } from '../../../errors.ts';
import { laneNames } from '../../../sequence/lanes.ts';
import { sizeOf, Tensor } from '../../../tensor/tensor.ts';
import type { RecurrentFacts } from '../../imported/imported-layer.ts';
import { Refusal } from '../../imported/refusal.ts';
import { type OnnxNode, wholeAttribute } from '../graph/graph.ts';
import { activationsOf } from './operator-activations.ts';
import type { Constants } from './constants.ts';
import { stateNotes } from './initial-state.ts';
import type { Scope } from './scope.ts';

/** A node LSTM, GRU or RNN as a layer of one: what it is, and its weights as they are named here. */
export interface RecurrentOp {
  readonly scope: Scope;
  readonly node: OnnxNode;
  readonly facts: RecurrentFacts;
  readonly weights: Readonly<Record<string, Tensor>>;
  /** Whether the batch comes first in x and y. */
  readonly batchFirst: boolean;
  readonly notes: readonly string[];
}

/** The operators, with their gates in their order there: ONNX has i, o, f, c, and z, r, h. */
export const OPERATORS: Readonly<Record<string, { readonly cell: CellName; readonly order: readonly string[] }>> = {
  LSTM: { cell: 'lstm', order: ['i', 'o', 'f', 'g'] },
  GRU: { cell: 'gru', order: ['z', 'r', 'n'] },
  RNN: { cell: 'rnn', order: ['n'] },
};

export const GATES: Readonly<Record<CellName, readonly string[]>> = {
  lstm: LSTM_GATES,
  gru: GRU_GATES,
  rnn: RNN_GATES,
};

/** @throws Refusal when it cannot be had exactly */
export function recurrentOp(scope: Scope, node: OnnxNode, constants: Constants): RecurrentOp {
  const { cell, order } = OPERATORS[node.op] as (typeof OPERATORS)['LSTM'];
  expectPlain(scope, node, constants);
  const directions = directionsOf(node);
  const [, w, r, b] = node.inputs;
  const [weight, recurrent, bias] = [w, r, b].map((name) => constants.valueOf(scope, name));
  const gates = order.length;
  const [, rows = 0, inputSize = 0] = weight?.shape ?? [];
  const hiddenSize = rows / gates;
  for (const [name, value, shape] of [
    ['W', weight, [directions, rows, inputSize]],
    ['R', recurrent, [directions, rows, hiddenSize]],
    ['B', bias, [directions, 2 * rows]],
  ] as const) {
    if (name === 'B' && !b) continue;
    expectWeight(name, value, shape);
  }
  const said = wholeAttribute(node, 'hidden_size', hiddenSize);
  if (!Number.isInteger(hiddenSize) || said !== hiddenSize) {
    throw new Refusal(`a hidden size of ${said}`, `weights of ${hiddenSize}`, 'export it again');
  }
  const facts: RecurrentFacts = {
    cell,
    ...(cell === 'gru' ? { resetAfter: wholeAttribute(node, 'linear_before_reset', 0) !== 0 } : {}),
    ...activationsOf(node, cell, directions),
    inputSize,
    hiddenSize,
    layers: 1,
    bidirectional: directions === 2,
    bias: bias !== undefined,
  };
  const weights = weightsOf(facts, order, weight as Tensor, recurrent as Tensor, bias);
  const batchFirst = wholeAttribute(node, 'layout', 0) === 1;
  return { scope, node, facts, weights, batchFirst, notes: stateNotes(scope, node, constants) };
}

/** @throws Refusal for what no layer here has */
function expectPlain(scope: Scope, node: OnnxNode, constants: Constants): void {
  const [x, , , , lengths, , , peepholes] = node.inputs;
  const { clip } = node.attributes;
  if (typeof clip === 'number' && clip !== 0)
    throw new Refusal('sums as they are', `a clip of ${clip}`, 'train it without');
  if (wholeAttribute(node, 'input_forget', 0) !== 0)
    throw new Refusal(
      'an input gate of its own',
      'one that is tied to the forget gate (input_forget)',
      'train it without',
    );
  if (peepholes) throw new Refusal('gates that do not see the cell', 'peepholes (P)', 'train it without');
  const constant = lengths ? constants.valueOf(scope, lengths) : undefined;
  if (!constant) return;
  const isBatchFirst = wholeAttribute(node, 'layout', 0) === 1;
  const value = scope.graph.inputs.find(({ name }) => name === x);
  const time = value?.shape?.[isBatchFirst ? 1 : 0];
  if (constant.toFlat().every((length) => length === time)) return;
  throw new Refusal(
    'lengths that come with x',
    `constant ones (sequence_lens), ${show(Array.from(constant.toFlat()))}`,
    'export it without them, or with an input for them',
  );
}

/** @throws Refusal for the reverse direction alone */
function directionsOf({ attributes }: OnnxNode): 1 | 2 {
  const { direction = 'forward' } = attributes;
  if (direction === 'forward') return 1;
  if (direction === 'bidirectional') return 2;
  throw new Refusal("direction 'forward' or 'bidirectional'", show(direction), 'turn x around in time, and y again');
}

/** @throws Refusal unless it is constant, of numbers, and of this shape */
function expectWeight(name: string, value: Tensor | undefined, shape: readonly number[]): void {
  if (!value) {
    throw new Refusal(
      `${name} of constants`,
      'one that is computed, or is an input',
      'export it with its weights in it',
    );
  }
  const isFloat = value.data instanceof Float32Array || value.data instanceof Float64Array;
  if (String(value.shape) === String(shape) && isFloat && sizeOf(value.shape) > 0) return;
  throw new Refusal(`${name} of floats, of shape [${shape}]`, `shape [${value.shape}]`, 'export it again');
}

function weightsOf(
  { cell, inputSize, hiddenSize, bidirectional }: RecurrentFacts,
  order: readonly string[],
  weight: Tensor,
  recurrent: Tensor,
  bias: Tensor | undefined,
): Record<string, Tensor> {
  const gates = GATES[cell];
  const places = gates.map((gate) => order.indexOf(gate));
  const found: Record<string, Tensor> = {};
  const lanes = laneNames(1, bidirectional ? 2 : 1, inputSize, hiddenSize);
  const size = gates.length * hiddenSize;
  for (const [lane, { suffix }] of lanes.entries()) {
    found[`weight_ih${suffix}`] = blocks(weight, lane, 0, places, hiddenSize);
    found[`weight_hh${suffix}`] = blocks(recurrent, lane, 0, places, hiddenSize);
    for (const [name, first] of [
      ['bias_ih', 0],
      ['bias_hh', size],
    ] as const) {
      if (bias) found[name + suffix] = blocks(bias, lane, first, places, hiddenSize);
    }
  }
  return found;
}

/** Of [D, rows, ...]: the blocks of rows of one direction, from row `first` on, in another order. */
function blocks(all: Tensor, lane: number, first: number, places: readonly number[], rows: number): Tensor {
  const [laneStride = 0, ...strides] = all.strides;
  const inner = all.shape.slice(2);
  const width = sizeOf(inner);
  const count = places.length * rows * width;
  const made = all.data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  for (const [n, place] of places.entries()) {
    const start = lane * laneStride + (first + place * rows) * (strides[0] ?? 0);
    const block = new Tensor(all.data.subarray(start), [rows, ...inner], strides);
    made.set(block.toFlat(), n * rows * width);
  }
  return new Tensor(made, [places.length * rows, ...inner]);
}
