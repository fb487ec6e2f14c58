import type { CellActivations, ElementwiseActivation } from '../../../cells/activations.ts';
import type { Cell } from '../../../cells/cell.ts';
import type { CellName } from '../../../cells/cells.ts';
import type { SiteRule } from '../../../masks/scheme.ts';
import { type LaneName, laneNames, laneWeights } from '../../../sequence/lanes.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { GATES, OPERATORS } from '../layers/recurrent-op.ts';
import type { Factor, FactorsOf } from '../written/mask-factors.ts';
import { DTYPE, type GraphBuilder } from './graph-builder.ts';
import { scanLane } from './scan-lane.ts';
import type { Lengths } from './sequences.ts';

/** A recurrent layer, or a stack of them, that is written. */
export interface RecurrentStage {
  readonly cell: Cell;
  readonly name: CellName;
  readonly activations: CellActivations;
  /** H */
  readonly units: number;
  /** I */
  readonly inputSize: number;
  readonly layers: number;
  readonly directions: 1 | 2;
  readonly rules: readonly SiteRule[];
  /** By the names that the layer has for them: weight_ih_l0, ... */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** What stands in front of the names of its weights: '1.' for layer 1 of a model. */
  readonly prefix: string;
}

/** What a sequence becomes. */
export interface Unrolled {
  /** [T,B,D*H] */
  readonly y: string;
  /** What each direction handed on last, [B,D*H]. */
  last(): string;
}

/**
 * The operators LSTM, GRU and RNN where nothing acts within their steps, and numbers are float32; else the steps as nodes.
 * @param x [T,B,I]
 */
export function recurrentNodes(
  graph: GraphBuilder,
  stage: RecurrentStage,
  x: string,
  lengths: Lengths,
  factorsOf: FactorsOf,
): Unrolled {
  const { layers, directions, inputSize, units } = stage;
  const lanes = laneNames(layers, directions, inputSize, units);
  let now: Unrolled = { y: x, last: () => x };
  for (let layer = 0; layer < layers; layer++) {
    const ofLayer = lanes.slice(layer * directions, (layer + 1) * directions);
    const factors = ofLayer.map(({ suffix, inputSize: width }) =>
      factorsOf(stage.rules, suffix, { inputSize: width, hiddenSize: units, gates: stage.cell.gates.length }),
    );
    // Of float64 onnxruntime has the operators of sums and products alone.
    const isPlain =
      graph.float === DTYPE.float32 &&
      namesOf(stage).every((name) => name !== undefined) &&
      factors.every((sites) => Object.keys(sites).length === 0);
    now = isPlain
      ? operator(graph, stage, ofLayer, now.y, lengths)
      : scanned(graph, stage, ofLayer, now.y, lengths, factors);
  }
  return now;
}

function operator(
  graph: GraphBuilder,
  stage: RecurrentStage,
  lanes: readonly LaneName[],
  x: string,
  lengths: Lengths,
): Unrolled {
  const { cell, name, units, directions, prefix } = stage;
  const { op, places } = operatorOf(name);
  const weights = lanes.map(({ suffix }) => laneWeights(stage.weights, suffix));
  const biases = weights.flatMap(({ bias_ih: a, bias_hh: b }) => (a && b ? [[a, b]] : []));
  const layer = lanes[0]?.suffix ?? '';
  const joined = (label: string, parts: readonly (readonly Tensor[])[]): string =>
    graph.weight(`${prefix}${label}${layer}`, inOrder(parts, places, units));
  const inputs = [
    x,
    joined(
      'W',
      weights.map(({ weight_ih: w }) => [w]),
    ),
    joined(
      'R',
      weights.map(({ weight_hh: r }) => [r]),
    ),
    biases.length > 0 ? joined('B', biases) : '',
    ...(lengths.given === undefined ? [] : [lengths.given]),
  ];
  const [all = '', end = ''] = graph.nodeOf(op, inputs, 2, {
    hidden_size: units,
    direction: directions === 2 ? 'bidirectional' : 'forward',
    activations: lanes.flatMap(() => namesOf(stage) as string[]),
    ...(name === 'gru' ? { linear_before_reset: cell.products.length === 1 ? 1 : 0 } : {}),
  });
  // [T,D,B,H] and [D,B,H]
  const y =
    directions === 1
      ? graph.node('Squeeze', [all, graph.wholes(1)])
      : graph.node('Reshape', [graph.node('Transpose', [all], { perm: [0, 2, 1, 3] }), graph.wholes(0, 0, -1)]);
  return {
    y,
    last: () =>
      graph.node('Reshape', [graph.node('Transpose', [end], { perm: [1, 0, 2] }), graph.wholes(0, directions * units)]),
  };
}

/** Functions that the operators have without a parameter of ours. */
const OPERATOR_NAMES: Readonly<Partial<Record<ElementwiseActivation, string>>> = {
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  relu: 'Relu',
  'hardSigmoid0.2': 'HardSigmoid',
};

/** The functions of one direction, in the order of the operator; undefined for what it does not have. */
function namesOf({ name, activations }: RecurrentStage): readonly (string | undefined)[] {
  const [value, gate] = [activations.activation, activations.recurrentActivation].map((one) => OPERATOR_NAMES[one]);
  if (name === 'rnn') return [value];
  return name === 'gru' ? [gate, value] : [gate, value, value];
}

/** The operator of a cell, and where its gates are here, in the order that they have there. */
export function operatorOf(name: CellName): { readonly op: string; readonly places: readonly number[] } {
  const [op, { order }] = Object.entries(OPERATORS).find(([, { cell }]) => cell === name) as [
    string,
    (typeof OPERATORS)['LSTM'],
  ];
  return { op, places: order.map((gate) => GATES[name].indexOf(gate)) };
}

/** [D, parts * rows, ...]: the blocks of gates of each direction in another order. */
export function inOrder(lanes: readonly (readonly Tensor[])[], places: readonly number[], rows: number): Tensor {
  const parts = lanes.flat();
  const [first] = parts as [Tensor];
  const width = first.shape[1] ?? 1;
  const block = rows * width;
  const size = places.length * block;
  const data =
    first.data instanceof Float32Array ? new Float32Array(parts.length * size) : new Float64Array(parts.length * size);
  for (const [i, part] of parts.entries()) {
    const flat = part.toFlat();
    for (const [n, place] of places.entries())
      data.set(flat.subarray(place * block, (place + 1) * block), i * size + n * block);
  }
  return new Tensor(data, [
    lanes.length,
    (parts.length / lanes.length) * places.length * rows,
    ...first.shape.slice(1),
  ]);
}

function scanned(
  graph: GraphBuilder,
  stage: RecurrentStage,
  lanes: readonly LaneName[],
  x: string,
  lengths: Lengths,
  factors: readonly Readonly<Record<string, Factor>>[],
): Unrolled {
  const inOrderOfWork = lanes.map(({ suffix }, direction) =>
    scanLane(
      graph,
      {
        cell: stage.cell,
        activations: stage.activations,
        units: stage.units,
        weights: laneWeights(stage.weights, suffix),
        nameOf: (weight) => `${stage.prefix}${weight}${suffix}`,
        factors: factors[direction] ?? {},
      },
      // A reverse lane begins where each sample ends.
      direction === 0 ? x : lengths.reversed(x),
      lengths,
    ),
  );
  const join = (parts: readonly string[], axis: number): string =>
    parts.length === 1 ? (parts[0] as string) : graph.node('Concat', parts, { axis });
  return {
    y: join(
      inOrderOfWork.map((y, direction) => (direction === 0 ? y : lengths.reversed(y))),
      2,
    ),
    last: () =>
      join(
        inOrderOfWork.map((y) => lengths.last(y)),
        1,
      ),
  };
}
