import { type OnnxNode, wholeAttribute } from '../graph/graph.ts';
import type { Chain, Flow } from './walked-chain.ts';

/**
 * The last states of both directions side by side, which PyTorch writes as `torch.cat([h[-2], h[-1]], 1)`: one is taken after the other, and
 * both are joined. Undefined for anything else.
 */
export function joinedStates(chain: Chain, { name, axes }: Flow): Flow | undefined {
  const nodes = chain.consumersOf(name);
  if (nodes.length !== 2 || axes[0] !== 'D') return undefined;
  const taken = nodes.map((node) => placeOf(chain, node));
  const [node, ...others] = nodes.flatMap(({ outputs }) => chain.consumersOf(outputs[0] ?? ''));
  if (!node || others.length !== 1 || others[0] !== node || node.op !== 'Concat') return undefined;
  const places = node.inputs.map((input) => taken[nodes.findIndex(({ outputs }) => outputs[0] === input)]);
  const axis = wholeAttribute(node, 'axis', Number.NaN);
  const isInOrder = places.length === 2 && places[0] === 0 && places[1] === 1 && (axis === 1 || axis === -1);
  return isInOrder ? { name: node.outputs[0] ?? '', axes: axes.slice(1) } : undefined;
}

/** Which direction a node takes: 0 or 1. */
function placeOf({ scope, constants }: Chain, node: OnnxNode): number | undefined {
  const index = constants.valueOf(scope, node.inputs[1]);
  if (node.op !== 'Gather' || wholeAttribute(node, 'axis', 0) !== 0 || index?.shape.length !== 0) return undefined;
  const [place = Number.NaN] = index.toFlat();
  return place < 0 ? place + 2 : place;
}
