import { expectNumber, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { addTimes, squareSum } from '../../sequence/arithmetic.ts';
import type { Pass } from '../pass.ts';
import { overUnits } from './elementwise-loss.ts';
import type { Loss, Target } from './loss.ts';

/**
 * Fraternal dropout (Zolna et al. 2018, arXiv:1711.00066): each step runs two passes with different masks and minimises
 * ½ (L1 + L2) + kappa mean((y1 - y2)²), where y is the linear output, before softmax or sigmoid, and the mean is over
 * all that have a target.
 */
export interface FraternalOptions {
  /** 0.15 when left out, as in the paper. */
  readonly kappa?: number;
}

export const KAPPA = 0.15;

/** @throws OptionError unless kappa is a number of at least 0 */
export function checkFraternal(options: FraternalOptions): void {
  const { kappa = KAPPA } = optionsOf('fit: fraternal', options, { kappa: true });
  expectNumber('fit: fraternal', 'kappa', kappa);
}

/** What a pass, or two of them, give: the loss and what is added to it, [1] each, and the gradients of their sum. */
export interface Objective {
  readonly loss: Handle;
  readonly penalties: readonly Handle[];
  readonly grads: Readonly<Record<string, Handle>>;
}

/**
 * The loss of a pass, and what its layers add to it.
 * @param more adds to the gradient by the output
 */
export function objectiveOf(
  ops: Ops,
  pass: Pass,
  loss: Loss,
  target: Target,
  more: (grad: Handle) => Handle = (grad) => grad,
): Objective {
  const found = loss.evaluate(ops, pass.y.values, target);
  return {
    loss: found.loss,
    penalties: pass.penalties.map((penalty) => penalty()),
    grads: pass.backward(more(found.grad)),
  };
}

/** The same of a pass whose last layer gives the loss itself. */
export function workedOut({ y, penalties, backward }: Pass): Objective {
  return { loss: y.values, penalties: penalties.map((penalty) => penalty()), grads: backward(y.values) };
}

/** Two passes over the same batch: the mean of both, and what their outputs' disagreement costs. */
export function fraternalObjective(
  ops: Ops,
  [first, second]: readonly [Pass, Pass],
  loss: Loss,
  target: Target,
  kappa: number,
): Objective {
  const inputs = { a: first.y.values, b: second.y.values };
  const units = first.y.values.shape.at(-1) ?? 1;
  const { difference } = ops.run(differenceKernel, {
    inputs: { ...inputs, counts: countsOf(ops, target, units) },
    lengths: target.lengths,
  });
  const share = kappa / Math.max(1, target.rows * units);
  // Each pass goes back with twice its part in the disagreement, as the mean of both halves it again.
  const one = objectiveOf(ops, first, loss, target, (dy) => addTimes(ops, dy, 4 * share, difference));
  const other = objectiveOf(ops, second, loss, target, (dy) => addTimes(ops, dy, -4 * share, difference));
  const mean = (x: Handle, y: Handle): Handle => ops.run(meanKernel, { inputs: { x, y } }).mean;
  return {
    loss: mean(one.loss, other.loss),
    penalties: [
      squareSum(ops, difference, share),
      ...one.penalties.map((penalty, i) => mean(penalty, other.penalties[i] as Handle)),
    ],
    grads: Object.fromEntries(
      Object.entries(one.grads).map(([name, grad]) => [name, mean(grad, other.grads[name] as Handle)]),
    ),
  };
}

/** 1 where a row counts and 0 where it does not, by its target: as [1,N] where all do. */
function countsOf(ops: Ops, { counts }: Target, units: number): Handle {
  return counts ? overUnits(ops, counts, units) : ops.upload(new Float64Array(units).fill(1), [1, units]);
}

const differenceKernel = kernel({
  name: 'difference',
  inputs: { a: ['a'], b: ['b'], counts: ['counts'] },
  outputs: { difference: ['difference'] },
  body: ({ mul, sub }, v) => ({ difference: mul(mul(v.live, v.counts), sub(v.a, v.b)) }),
});

const meanKernel = kernel({
  name: 'meanOfTwo',
  inputs: { x: ['x'], y: ['y'] },
  outputs: { mean: ['mean'] },
  body: ({ constant, add, mul }, v) => ({ mean: mul(constant(0.5), add(v.x, v.y)) }),
});
