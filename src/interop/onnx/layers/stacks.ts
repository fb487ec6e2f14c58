import { laneNames } from '../../../sequence/lanes.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { RecurrentFacts } from '../../imported/imported-layer.ts';
import { graphAttribute, numbersAttribute, type OnnxGraph, type OnnxNode } from '../graph/graph.ts';
import { axesOf, type Constants, listOf } from './constants.ts';
import type { RecurrentOp } from './recurrent-op.ts';

/** Layers of one kind of which each feeds the next, and nothing else. */
export interface RecurrentStack {
  readonly ops: readonly [RecurrentOp, ...RecurrentOp[]];
  readonly facts: RecurrentFacts;
  readonly weights: Readonly<Record<string, Tensor>>;
}

/** Nodes that only turn a result into what the next layer takes. Outside of training Dropout changes nothing. */
const BETWEEN = new Set(['Squeeze', 'Transpose', 'Reshape', 'Identity', 'Dropout']);

/** How many of these may stand between two layers. */
const MOST_BETWEEN = 16;

/** The recurrent nodes of a file in its order; those that feed each other become one of several layers, where that is exact. */
export function stacksOf(
  ops: readonly RecurrentOp[],
  uses: ReadonlyMap<string, number>,
  constants: Constants,
): RecurrentStack[] {
  const stacks: RecurrentOp[][] = [];
  for (const op of ops) {
    const below = stacks.find((stack) => feeds(stack.at(-1) as RecurrentOp, op, uses, constants));
    if (below) below.push(op);
    else stacks.push([op]);
  }
  return stacks.map((stack) => joined(stack as [RecurrentOp, ...RecurrentOp[]]));
}

/** How often the values of a graph, and of those that stand in it, are used. */
export function usesOf(graph: OnnxGraph, uses: Map<string, number> = new Map()): Map<string, number> {
  const use = (name: string): void => void uses.set(name, (uses.get(name) ?? 0) + 1);
  for (const { name } of graph.outputs) use(name);
  for (const { op, inputs, attributes } of graph.nodes) {
    // The sizes of a value say nothing of it.
    if (op !== 'Shape') for (const name of inputs) use(name);
    for (const attribute of Object.values(attributes)) {
      const inner = graphAttribute(attribute);
      if (inner) usesOf(inner, uses);
    }
  }
  return uses;
}

function joined(ops: readonly [RecurrentOp, ...RecurrentOp[]]): RecurrentStack {
  const [first] = ops;
  const { bidirectional, inputSize, hiddenSize } = first.facts;
  const directions = bidirectional ? 2 : 1;
  const lanes = laneNames(ops.length, directions, inputSize, hiddenSize);
  const weights = ops.flatMap((op, layer) =>
    Object.entries(op.weights).map(([name, value]) => [name.replace('_l0', `_l${layer}`), value] as const),
  );
  // In the order of lanes, as all recurrent layers have them.
  const ordered = lanes.flatMap(({ suffix }) =>
    weights.filter(([name]) => name.replace(/^.*?(_l\d+)/, '$1') === suffix),
  );
  return { ops, facts: { ...first.facts, layers: ops.length }, weights: Object.fromEntries(ordered) };
}

function feeds(
  below: RecurrentOp,
  above: RecurrentOp,
  uses: ReadonlyMap<string, number>,
  constants: Constants,
): boolean {
  const { inputSize: _, ...kind } = below.facts;
  const { inputSize, ...kindAbove } = above.facts;
  const width = below.facts.hiddenSize * (below.facts.bidirectional ? 2 : 1);
  const isOneKind = JSON.stringify(kind) === JSON.stringify(kindAbove) && inputSize === width;
  if (!isOneKind || below.scope.graph !== above.scope.graph || below.batchFirst !== above.batchFirst) return false;
  const y = below.node.outputs[0];
  const between: OnnxNode[] = [];
  let name = above.node.inputs[0] ?? '';
  for (let i = 0; name !== y; i++) {
    const node = above.scope.find(name)?.node;
    if (i >= MOST_BETWEEN || !node || node.domain !== '' || !BETWEEN.has(node.op) || uses.get(name) !== 1) return false;
    between.unshift(node);
    name = node.inputs[0] ?? '';
  }
  if (uses.get(name) !== 1) return false;
  // T, B and H, and D for the directions.
  let axes: readonly string[] | undefined = below.batchFirst ? ['B', 'T', 'D', 'H'] : ['T', 'D', 'B', 'H'];
  for (const node of between) axes = axes && moved(node, axes, below, constants);
  const [first, second, last, ...more] = axes ?? [];
  const order = below.batchFirst ? 'BT' : 'TB';
  const isWhole = last === 'DH' || (last === 'H' && !below.facts.bidirectional);
  return more.length === 0 && `${first}${second}` === order && isWhole;
}

/** Which axes come out of a node; undefined where that is not known. */
function moved(
  node: OnnxNode,
  axes: readonly string[],
  { facts, scope }: RecurrentOp,
  constants: Constants,
): readonly string[] | undefined {
  const list = (name: string): readonly number[] | undefined =>
    listOf(node, name, constants.valueOf(scope, node.inputs[1]));
  if (node.op === 'Transpose') {
    const order = axesOf(numbersAttribute(node, 'perm') ?? [], axes.length);
    return order?.length === axes.length ? order.map((axis) => axes[axis] as string) : undefined;
  }
  if (node.op === 'Squeeze') {
    const [axis, ...more] = axesOf(list('axes') ?? [], axes.length) ?? [];
    const isDirection = axis !== undefined && more.length === 0 && axes[axis] === 'D' && !facts.bidirectional;
    return isDirection ? axes.filter((_, i) => i !== axis) : undefined;
  }
  if (node.op === 'Reshape') {
    const [first, second, last, ...more] = list('shape') ?? [];
    const width = facts.hiddenSize * (facts.bidirectional ? 2 : 1);
    const joins = axes[2] === 'D' && axes[3] === 'H' && more.length === 0;
    const isKept = first === 0 && second === 0 && (last === -1 || last === width);
    return joins && isKept ? [axes[0] as string, axes[1] as string, 'DH'] : undefined;
  }
  return axes;
}
