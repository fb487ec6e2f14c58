/** The nodes of a chain: what each of them is here. Undefined stands for what no layer does. */
import type { Stage } from '../../imported/file-model.ts';
import { importedRecurrent } from '../../imported/recurrent-from-facts.ts';
import { Refusal } from '../../imported/refusal.ts';
import { type OnnxNode, wholeAttribute } from '../graph/graph.ts';
import { axesOf } from '../layers/constants.ts';
import { layerName, tensorsBehind } from '../layers/layer-name.ts';
import { recurrentOp } from '../layers/recurrent-op.ts';
import { tableOf } from '../layers/table-nodes.ts';
import { given, movedAxes } from './axes.ts';
import { batchNormalisation, layerNormalisation } from './normalisation-nodes.ts';
import type { Axes, Axis, Chain, Flow } from './walked-chain.ts';

type NodeStage = (chain: Chain, node: OnnxNode, flow: Flow) => Flow | undefined;

/** By their operators. */
export const NODES: Readonly<Record<string, NodeStage>> = {
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  MatMul: dense,
  Gemm: dense,
  Gather: gather,
  Slice: slice,
  LayerNormalization: layerNormalisation,
  BatchNormalization: batchNormalisation,
  ReduceMean: (chain, node, flow) => reduced(chain, node, flow, 'mean'),
  ReduceMax: (chain, node, flow) => reduced(chain, node, flow, 'max'),
  Transpose: moved,
  Squeeze: moved,
  Reshape: moved,
  Identity: moved,
  // Outside of training it changes nothing.
  Dropout: (chain, node, flow) => (node.inputs[2] ? undefined : moved(chain, node, flow)),
  Cast: (chain, node, flow) => (flow.axes.includes('N') ? undefined : moved(chain, node, flow)),
  Flatten: (chain, node, flow) =>
    flow.axes.length === 2 && wholeAttribute(node, 'axis', 1) === 1 ? moved(chain, node, flow) : undefined,
  Relu: (chain, node, flow) => activated(chain, node, flow, 'relu'),
  Tanh: (chain, node, flow) => activated(chain, node, flow, 'tanh'),
  Sigmoid: (chain, node, flow) => activated(chain, node, flow, 'sigmoid'),
  Softmax: (chain, node, flow) => {
    const { length } = flow.axes;
    const axis = Object.hasOwn(node.attributes, 'axis') ? wholeAttribute(node, 'axis', Number.NaN) : length - 1;
    // Where nothing is said it is axis 1 of old files, and the last of new ones.
    const isLast = (axis + length) % length === length - 1 && (length === 2 || axis === -1);
    return isLast ? activated(chain, node, flow, 'softmax') : undefined;
  },
};

function moved(chain: Chain, node: OnnxNode, { axes }: Flow): Flow | undefined {
  const next = movedAxes(chain, node, axes);
  return next && { name: node.outputs[0] ?? '', axes: next };
}

function activated({ stages }: Chain, node: OnnxNode, { axes }: Flow, activation: string): Flow | undefined {
  if (axes.at(-1) !== 'N') return undefined;
  const [name = ''] = node.outputs;
  stages.push({ kind: 'activation', name: node.name || name, activation });
  return { name, axes };
}

function dense(chain: Chain, node: OnnxNode, { name, axes }: Flow): Flow | undefined {
  const { scope, constants, uses, stages } = chain;
  if (node.inputs[0] !== name || axes.at(-1) !== 'N' || (node.op === 'Gemm' && axes.length !== 2)) return undefined;
  const table = tableOf(scope, node, uses, constants);
  if (table?.kind !== 'dense') return undefined;
  const layer = { ...table, name: nameOf(chain, node) };
  stages.push({ kind: 'dense', layer, activation: 'linear' });
  chain.notes.push(...layer.notes.map((note) => `${layer.name}: ${note}`));
  const [sums = ''] = node.outputs;
  const isAdded = node.op === 'MatMul' && table.facts.bias;
  return { name: (isAdded ? chain.consumersOf(sums)[0]?.outputs[0] : undefined) ?? sums, axes };
}

function nameOf({ scope }: Chain, node: OnnxNode): string {
  return layerName(node, tensorsBehind(scope, node));
}

/** Rows of a table by ids, or the last of all steps, or one direction. */
function gather(chain: Chain, node: OnnxNode, { name, axes }: Flow): Flow | undefined {
  const { scope, constants, uses, stages } = chain;
  const [data, ids] = node.inputs;
  const [y = ''] = node.outputs;
  if (ids === name && !axes.includes('N')) {
    const table = tableOf(scope, node, uses, constants);
    if (table?.kind !== 'embedding') return undefined;
    stages.push({ kind: 'embedding', layer: { ...table, name: nameOf(chain, node) } });
    return { name: y, axes: [...axes, 'N'] };
  }
  const index = data === name ? constants.valueOf(scope, ids) : undefined;
  const [axis] = axesOf([wholeAttribute(node, 'axis', 0)], axes.length) ?? [];
  const [place, ...more] = index && index.shape.length <= 1 ? Array.from(index.toFlat()) : [];
  if (axis === undefined || place === undefined || more.length > 0) return undefined;
  const left: Axes = index?.shape.length === 0 ? axes.toSpliced(axis, 1) : axes.with(axis, 'one');
  const last = stages.at(-1);
  const isLone = last?.kind === 'recurrent' && !last.layer.facts.bidirectional;
  if (axes[axis] === 'D') return isLone && (place === 0 || place === -1) ? { name: y, axes: left } : undefined;
  return place === -1 && pool(chain, node, axes[axis], 'last') ? { name: y, axes: left } : undefined;
}

/** The last step as a sequence of one. */
function slice(chain: Chain, node: OnnxNode, { axes }: Flow): Flow | undefined {
  const [starts, ends, places, steps] = ['starts', 'ends', 'axes', 'steps'].map((name, i) =>
    given(chain, node, name, i + 1),
  );
  const [axis, ...more] = axesOf(places ?? [], axes.length) ?? [];
  const isLast = starts?.[0] === -1 && (ends?.[0] ?? 0) >= 2 ** 31 - 1 && (steps?.[0] ?? 1) === 1;
  if (axis === undefined || more.length > 0 || !isLast || !pool(chain, node, axes[axis], 'last')) return undefined;
  return { name: node.outputs[0] ?? '', axes: axes.with(axis, 'one') };
}

function reduced(chain: Chain, node: OnnxNode, { axes }: Flow, over: 'mean' | 'max'): Flow | undefined {
  const [axis, ...more] = axesOf(given(chain, node, 'axes', 1) ?? [], axes.length) ?? [];
  if (axis === undefined || more.length > 0 || !pool(chain, node, axes[axis], over)) return undefined;
  const keeps = wholeAttribute(node, 'keepdims', 1) !== 0;
  return { name: node.outputs[0] ?? '', axes: keeps ? axes.with(axis, 'one') : axes.toSpliced(axis, 1) };
}

/** @returns whether the axis is time @throws Refusal where steps past the length of a sample take part */
function pool(chain: Chain, node: OnnxNode, axis: Axis | undefined, over: 'mean' | 'max' | 'last'): boolean {
  const { stages } = chain;
  chain.time ??= 'second';
  if (axis !== chain.time) return false;
  if (chain.isRagged) {
    throw new Refusal('steps that all count', 'lengths (sequence_lens) before it', 'export it without lengths');
  }
  const last = stages.at(-1);
  if (over === 'last' && last?.kind === 'recurrent' && !last.layer.facts.bidirectional) {
    stages[stages.length - 1] = { ...last, returnSequences: false };
  } else stages.push({ kind: 'pooling', name: node.name || (node.outputs[0] ?? ''), over } satisfies Stage);
  return true;
}

function recurrent(chain: Chain, node: OnnxNode, { name, axes }: Flow): Flow | undefined {
  if (node.inputs[0] !== name || axes.length !== 3 || axes[2] !== 'N') return undefined;
  const op = recurrentOp(chain.scope, node, chain.constants);
  const time = axes[op.batchFirst ? 1 : 0] as Axis;
  if ((time !== 'first' && time !== 'second') || (chain.time !== null && chain.time !== time)) return undefined;
  const batch = time === 'first' ? 'second' : 'first';
  if (!axes.includes(batch)) return undefined;
  const { facts, weights, notes } = op;
  const [lengths, ...states] = node.inputs.slice(4, 7);
  const [stateNote] = lengths ? notes.slice(1) : notes;
  if (stateNote !== undefined && states.some((state) => state !== '')) {
    throw new Refusal('a state of zeros in the beginning', stateNote.replace(/, which.*/, ''), 'export it without one');
  }
  const taken = node.outputs.map((output) => chain.consumersOf(output).length > 0 || isResult(chain, output));
  const [all, state, memory] = taken;
  if (memory || (all && state))
    throw new Refusal('all steps, or the last one,', 'more of its results', 'take one of them');
  chain.time = time;
  chain.width = facts.hiddenSize * (facts.bidirectional ? 2 : 1);
  if (lengths) chain.isRagged = true;
  const layer = importedRecurrent(nameOf(chain, node), facts, weights, notes);
  chain.stages.push({ kind: 'recurrent', layer, returnSequences: all === true, maskedSteps: 'zero' });
  const [y = '', h = ''] = node.outputs;
  if (!all) return { name: h, axes: op.batchFirst ? [batch, 'D', 'N'] : ['D', batch, 'N'] };
  return { name: y, axes: op.batchFirst ? [batch, time, 'D', 'N'] : [time, 'D', batch, 'N'] };
}

function isResult({ scope }: Chain, name: string): boolean {
  return scope.graph.outputs.some((output) => output.name === name);
}
