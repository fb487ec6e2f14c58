import { sizeOf, Tensor } from '../../../tensor/tensor.ts';
import type { ImportedDense, ImportedEmbedding } from '../../imported/imported-layer.ts';
import { Refusal } from '../../imported/refusal.ts';
import { type OnnxNode, wholeAttribute } from '../graph/graph.ts';
import type { Constants } from './constants.ts';
import type { Scope } from './scope.ts';

/** A dense layer or an embedding, without its name. */
export type Table = Omit<ImportedDense, 'name'> | Omit<ImportedEmbedding, 'name'>;

/**
 * Gemm, MatMul with what is added, and Gather, where their weights are constants; undefined for all other nodes.
 * @throws Refusal when it cannot be had exactly
 */
export function tableOf(
  scope: Scope,
  node: OnnxNode,
  uses: ReadonlyMap<string, number>,
  constants: Constants,
): Table | undefined {
  if (node.op === 'Gemm') return gemm(scope, node, constants);
  if (node.op === 'MatMul') return matMul(scope, node, uses, constants);
  return node.op === 'Gather' ? gather(scope, node, constants) : undefined;
}

/** A constant matrix of floats that something which is not constant meets. */
function matrixOf(
  scope: Scope,
  matrix: string | undefined,
  x: string | undefined,
  constants: Constants,
): Tensor | undefined {
  const value = constants.valueOf(scope, matrix);
  const isFloat = value?.data instanceof Float32Array || value?.data instanceof Float64Array;
  const isMatrix = isFloat && value.shape.length === 2 && sizeOf(value.shape) > 0;
  return isMatrix && !constants.valueOf(scope, x) ? value : undefined;
}

function gemm(scope: Scope, node: OnnxNode, constants: Constants): Table | undefined {
  const [x, w, c] = node.inputs;
  const weight = matrixOf(scope, w, x, constants);
  if (!weight) return undefined;
  const { alpha = 1, beta = 1 } = node.attributes;
  if (alpha !== 1 || (c && beta !== 1) || wholeAttribute(node, 'transA', 0) !== 0) {
    throw new Refusal('x W + b', `Gemm with alpha ${alpha}, beta ${beta}, or of x turned around`, 'export it again');
  }
  const turned = wholeAttribute(node, 'transB', 0) === 1 ? weight : transposed(weight);
  const bias = c ? biasOf(constants.valueOf(scope, c), turned) : undefined;
  if (c && !bias) throw new Refusal(`a constant bias of [${turned.shape[0]}]`, 'another', 'export it again');
  return dense(turned, bias);
}

function matMul(
  scope: Scope,
  node: OnnxNode,
  uses: ReadonlyMap<string, number>,
  constants: Constants,
): Table | undefined {
  const [x, w] = node.inputs;
  const weight = matrixOf(scope, w, x, constants);
  if (!weight) return undefined;
  const turned = transposed(weight);
  const [y = ''] = node.outputs;
  const next =
    uses.get(y) === 1 ? scope.graph.nodes.find(({ op, inputs }) => op === 'Add' && inputs.includes(y)) : undefined;
  const added = next?.inputs.find((name) => name !== y);
  return dense(turned, biasOf(constants.valueOf(scope, added), turned));
}

function gather(scope: Scope, node: OnnxNode, constants: Constants): Table | undefined {
  const [table, ids] = node.inputs;
  const weight = matrixOf(scope, table, ids, constants);
  if (!weight || wholeAttribute(node, 'axis', 0) !== 0) return undefined;
  const [vocabulary = 0, units = 0] = weight.shape;
  return { kind: 'embedding', facts: { vocabulary, units }, weights: { weight }, notes: [] };
}

function dense(weight: Tensor, bias: Tensor | undefined): Table {
  const [units = 0, inputSize = 0] = weight.shape;
  const facts = { inputSize, units, bias: bias !== undefined };
  const notes = bias ? [] : ['it has no bias: it is zeros'];
  return {
    kind: 'dense',
    facts,
    weights: { weight, bias: bias ?? new Tensor(new Float32Array(units), [units]) },
    notes,
  };
}

/** [units], or [1, units]; undefined for what is no bias of this layer. */
function biasOf(value: Tensor | undefined, { shape: [units] }: Tensor): Tensor | undefined {
  const isOne = value && sizeOf(value.shape) === units && value.shape.at(-1) === units;
  return isOne ? new Tensor(value.data, [units], value.strides.slice(-1)) : undefined;
}

function transposed({ data, shape, strides }: Tensor): Tensor {
  return new Tensor(data, shape.toReversed(), strides.toReversed());
}
