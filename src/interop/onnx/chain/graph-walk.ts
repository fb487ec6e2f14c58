/** From a graph to the layers of a chain, along what goes in until it comes out. */
import { show } from '../../../errors.ts';
import type { TensorFile } from '../../format.ts';
import type { FileModel } from '../../imported/file-model.ts';
import { Refusal } from '../../imported/refusal.ts';
import { graphAttribute, type OnnxGraph, type OnnxNode, type OnnxValue } from '../graph/graph.ts';
import { Constants } from '../layers/constants.ts';
import { OPERATORS } from '../layers/recurrent-op.ts';
import { Scope } from '../layers/scope.ts';
import { usesOf } from '../layers/stacks.ts';
import type { Axes, Chain, Flow } from './walked-chain.ts';
import { joinedStates } from './joined-states.ts';
import { NODES } from './stage-nodes.ts';

/** What is to be done with what is no chain. */
const ADVICE = 'import its layers by importLayers';

/** The model of a graph; what is no layer in it is refused by the name of its node. */
export function walkedModel(file: TensorFile, graph: OnnxGraph): FileModel {
  const consumers = consumersIn(graph);
  const chain: Chain = {
    scope: new Scope(graph),
    constants: new Constants(file.tensors),
    uses: usesOf(graph),
    stages: [],
    notes: [],
    time: null,
    width: 0,
    isRagged: false,
    consumersOf: (name) => consumers.get(name) ?? [],
  };
  let at = '';
  try {
    const input = inputOf(graph, chain);
    let flow: Flow = { name: input.name, axes: axesAtStart(input, graph, chain) };
    const { axes } = flow;
    const results = new Set(graph.outputs.map(({ name }) => name));
    for (let i = 0; !results.has(flow.name); i++) {
      // A graph that is none may go round.
      if (i > graph.nodes.length) throw new Refusal('each node once', 'nodes that go round', 'export the file again');
      const [node] = chain.consumersOf(flow.name);
      at = node ? nameOf(node) : flow.name;
      flow = behind(chain, flow);
    }
    at = flow.name;
    expectEnd(chain, graph, flow);
    return {
      stages: chain.stages,
      refused: [],
      notes: [
        ...chain.notes,
        ...(chain.time === 'first'
          ? [`${show(input.name)} has time before the batch there, and the batch first here`]
          : []),
      ],
      overTime: axes.includes('second'),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { stages: [], refused: [{ name: at, reason: error.message }], notes: [] };
  }
}

/** What comes behind a value. @throws Refusal where no layer does it */
function behind(chain: Chain, flow: Flow): Flow {
  const nodes = chain.consumersOf(flow.name);
  const [node] = nodes;
  if (!node) throw new Refusal('a way to what comes out', `${show(flow.name)}, which nothing takes,`, ADVICE);
  if (nodes.length > 1) {
    const joined = joinedStates(chain, flow);
    if (joined) return joined;
    throw new Refusal(
      'layers one behind the other',
      `${nodes.map(nameOf).map(show).join(' and ')} side by side`,
      ADVICE,
    );
  }
  const next = node.domain === '' && Object.hasOwn(NODES, node.op) ? NODES[node.op]?.(chain, node, flow) : undefined;
  if (next) return next;
  const told = Object.keys(node.attributes).length === 0 ? '' : ` of ${show(node.attributes)}`;
  throw new Refusal('a node that a layer here does', `${node.op}${told}`, ADVICE);
}

function nameOf({ name, outputs, op }: OnnxNode): string {
  return name || outputs[0] || op;
}

/** The nodes that take each value, also in the graphs of nodes, but for those that nothing comes of. */
function consumersIn(graph: OnnxGraph): ReadonlyMap<string, readonly OnnxNode[]> {
  const consumers = new Map<string, OnnxNode[]>();
  const results = new Set(graph.outputs.map(({ name }) => name));
  // What comes later in a graph was seen when what it takes is.
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => results.has(name) || consumers.has(name))) continue;
    const inner = Object.values(node.attributes).flatMap((attribute) => graphAttribute(attribute) ?? []);
    const taken = [...(node.op === 'Shape' ? [] : node.inputs), ...inner.flatMap((part) => [...usesOf(part).keys()])];
    for (const name of new Set(taken)) {
      const known = consumers.get(name);
      if (known) known.unshift(node);
      else consumers.set(name, [node]);
    }
  }
  return consumers;
}

/** What goes in, but for lengths. @throws Refusal unless it is one */
function inputOf(graph: OnnxGraph, chain: Chain): OnnxValue {
  const isLengths = (name: string): boolean => {
    const nodes = chain.consumersOf(name);
    return nodes.length > 0 && nodes.every(({ op, inputs }) => Object.hasOwn(OPERATORS, op) && inputs[4] === name);
  };
  const inputs = graph.inputs.filter(({ name }) => !Object.hasOwn(graph.initializers, name) && !isLengths(name));
  const [input, ...others] = inputs;
  if (input && others.length === 0) return input;
  throw new Refusal(
    'one input',
    inputs.length === 0 ? 'none' : inputs.map(({ name }) => show(name)).join(', '),
    ADVICE,
  );
}

/** Ids, rows, or rows at each step. Where nothing is said of the shape, what takes them tells. @throws Refusal for another shape */
function axesAtStart({ name, shape }: OnnxValue, graph: OnnxGraph, chain: Chain): Axes {
  const [node] = chain.consumersOf(name);
  const isIds = node?.op === 'Gather' || node?.op === 'Cast';
  const isOverTime = graph.nodes.some(({ op }) => Object.hasOwn(OPERATORS, op));
  const rank = shape ? shape.length : isIds || !isOverTime ? 2 : 3;
  if (rank === 3) return ['first', 'second', 'N'];
  if (rank === 2) return isIds ? ['first', 'second'] : ['first', 'N'];
  throw new Refusal(`${show(name)} of two or three axes`, `${rank}`, ADVICE);
}

/** @throws Refusal unless it is all that comes out, a row for each sample, or for each step of one */
function expectEnd({ time, stages }: Chain, { outputs }: OnnxGraph, { axes }: Flow): void {
  if (outputs.length !== 1) {
    throw new Refusal('one output', outputs.map(({ name }) => show(name)).join(', '), ADVICE);
  }
  const batch = time === 'first' ? 'second' : 'first';
  const isRow = axes.length === 2 && axes[0] === batch && axes[1] === 'N';
  const isSequence = axes.length === 3 && axes[2] === 'N' && axes.includes('first') && axes.includes('second');
  if (stages.length > 0 && (isRow || isSequence)) return;
  throw new Refusal('[batch, units] or [batch, time, units] in the end', `[${axes.join(', ')}]`, ADVICE);
}
