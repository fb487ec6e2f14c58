import type { CellName } from '../../../cells/cells.ts';
import { show } from '../../../errors.ts';
import { Refusal } from '../../imported/refusal.ts';
import { numbersAttribute, type OnnxNode } from '../graph/graph.ts';

/** What each operator does where a node says nothing: of one direction, in the order of the attribute. */
const DEFAULTS: Readonly<Record<CellName, readonly string[]>> = {
  lstm: ['sigmoid', 'tanh', 'tanh'],
  gru: ['sigmoid', 'tanh'],
  rnn: ['tanh'],
};

/**
 * The functions of a node's gates. Names are compared without their case: PyTorch 0.3 wrote `tanh`.
 * @throws Refusal for functions that no cell here has
 */
export function activationsOf(node: OnnxNode, cell: CellName, directions: 1 | 2): Record<string, never> {
  const { activations } = node.attributes;
  const expected = DEFAULTS[cell];
  const all = directions === 2 ? [...expected, ...expected] : expected;
  const given = Array.isArray(activations) ? activations.map((name) => String(name).toLowerCase()) : all;
  const parameters = ['activation_alpha', 'activation_beta'].flatMap((name) => numbersAttribute(node, name) ?? []);
  if (String(given) !== String(all)) {
    throw new Refusal(`activations ${all.join(', ')}`, show(given), 'no cell here has these');
  }
  if (parameters.length > 0) {
    throw new Refusal('activations without parameters', show(parameters), 'export it again');
  }
  return {};
}
