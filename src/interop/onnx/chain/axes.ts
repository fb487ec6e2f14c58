import { numbersAttribute, type OnnxNode } from '../graph/graph.ts';
import { axesOf, listOf } from '../layers/constants.ts';
import type { Axes, Axis, Chain } from './walked-chain.ts';

/** A constant list of whole numbers: an attribute of older operators, an input of newer ones. */
export function given(
  { scope, constants }: Chain,
  node: OnnxNode,
  name: string,
  place: number,
): readonly number[] | undefined {
  return listOf(node, name, constants.valueOf(scope, node.inputs[place]));
}

/** Which axes come out of a node that only moves them; undefined where that is not known. */
export function movedAxes(chain: Chain, node: OnnxNode, axes: Axes): Axes | undefined {
  if (node.op === 'Transpose') {
    const order = axesOf(numbersAttribute(node, 'perm') ?? axes.map((_, i) => axes.length - 1 - i), axes.length);
    return order?.length === axes.length ? order.map((axis) => axes[axis] as Axis) : undefined;
  }
  if (node.op === 'Squeeze') {
    const places = axesOf(given(chain, node, 'axes', 1) ?? [], axes.length);
    // One direction is an axis of size 1.
    const areOnes = places?.length && places.every((place) => axes[place] === 'one' || isOne(chain, axes[place]));
    return areOnes ? axes.filter((_, i) => !places.includes(i)) : undefined;
  }
  if (node.op === 'Reshape') return reshaped(chain, axes, given(chain, node, 'shape', 1) ?? []);
  return axes;
}

function isOne({ stages }: Chain, axis: Axis | undefined): boolean {
  const last = stages.at(-1);
  return axis === 'D' && last?.kind === 'recurrent' && !last.layer.facts.bidirectional;
}

/** The last axes as one, where all others are kept: of directions and their units. */
function reshaped(chain: Chain, axes: Axes, shape: readonly number[]): Axes | undefined {
  const kept = shape.length - 1;
  const areKept = kept >= 1 && shape.slice(0, kept).every((size) => size === 0);
  const [direction, units] = axes.slice(kept);
  const isWhole = shape.at(-1) === -1 || shape.at(-1) === chain.width;
  const joins = axes.length === kept + 2 && units === 'N' && (direction === 'D' || direction === 'one');
  return areKept && isWhole && joins ? [...axes.slice(0, kept), 'N'] : undefined;
}
