import type { CellActivations, ElementwiseActivation } from '../../../cells/activations.ts';
import type { CellName } from '../../../cells/cells.ts';
import { show } from '../../../errors.ts';
import { Refusal } from '../../imported/refusal.ts';
import { numbersAttribute, type OnnxNode } from '../graph/graph.ts';

/** What each operator does where a node says nothing: of one direction, in the order of the attribute. */
const DEFAULTS: Readonly<Record<CellName, readonly string[]>> = {
  lstm: ['Sigmoid', 'Tanh', 'Tanh'],
  gru: ['Sigmoid', 'Tanh'],
  rnn: ['Tanh'],
};

/** Functions by their names there, which are compared without their case: PyTorch 0.3 wrote `tanh`. */
const NAMES: Readonly<Record<string, ElementwiseActivation>> = {
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  relu: 'relu',
};

/** How near a slope is to the one that it stands for: float32 has no sixth. */
const NEAR = 1e-7;

/**
 * The functions of a node's gates, and of what is new in a step.
 * @throws Refusal for functions that no cell here has
 */
export function activationsOf(
  node: OnnxNode,
  cell: CellName,
  directions: 1 | 2,
): Partial<CellActivations> & Pick<CellActivations, 'activation'> {
  const { activations } = node.attributes;
  const usual = DEFAULTS[cell];
  const names = Array.isArray(activations) ? activations.map(String) : directions === 2 ? [...usual, ...usual] : usual;
  const found = withParameters(node, names);
  const ofOne = found.slice(0, usual.length);
  const isEven = found.length === directions * usual.length && found.every((one, i) => one === ofOne[i % usual.length]);
  const [first, second, third = second] = ofOne;
  const value = cell === 'rnn' ? first : second;
  if (isEven && first && value && (cell === 'rnn' || second === third)) {
    return cell === 'rnn' ? { activation: value } : { activation: value, recurrentActivation: first };
  }
  throw new Refusal(
    `activations that a cell here has, such as ${usual.join(', ')}, alike in both directions,`,
    `${names.join(', ')}${parameters(node).length > 0 ? ` with ${show(parameters(node))}` : ''}`,
    'export it again',
  );
}

function parameters(node: OnnxNode): readonly number[] {
  return ['activation_alpha', 'activation_beta'].flatMap((name) => numbersAttribute(node, name) ?? []);
}

/** Each of them; undefined for what is no function here. Parameters are those of the functions that have some, in their order. */
function withParameters(node: OnnxNode, names: readonly string[]): readonly (ElementwiseActivation | undefined)[] {
  const isHard = (name: string): boolean => name.toLowerCase() === 'hardsigmoid';
  const count = names.filter(isHard).length;
  const [alphas, betas] = ['activation_alpha', 'activation_beta'].map((name) => numbersAttribute(node, name) ?? []) as [
    readonly number[],
    readonly number[],
  ];
  const fits = (list: readonly number[]): boolean => list.length === 0 || list.length === count;
  if (!fits(alphas) || !fits(betas) || betas.some((beta) => beta !== 0.5)) return names.map(() => undefined);
  let hard = 0;
  return names.map((name) => {
    if (!isHard(name)) return Object.hasOwn(NAMES, name.toLowerCase()) ? NAMES[name.toLowerCase()] : undefined;
    const slope = alphas[hard++] ?? 0.2;
    if (Math.abs(slope - 0.2) < NEAR) return 'hardSigmoid0.2';
    return Math.abs(slope - 1 / 6) < NEAR ? 'hardSigmoid' : undefined;
  });
}
