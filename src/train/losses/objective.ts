import { expectNumber, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import type { Batch } from '../../layers/layer.ts';
import { addTimes, scaled, squareSum } from '../../sequence/arithmetic.ts';
import type { Pass } from '../pass.ts';
import { overUnits } from './elementwise-loss.ts';
import type { Target } from './loss.ts';
import type { Head } from './loss-by-head.ts';

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

/** An output of a pass, what it is trained for, and its targets. */
export interface JudgedHead extends Pick<Head, 'name' | 'loss' | 'weight'> {
  readonly target: Target;
}

/** What a pass, or two of them, give: the loss of each output and what is added to it, [1] each, and the gradients of their weighted sum. */
export interface Objective {
  readonly losses: readonly Handle[];
  readonly penalties: readonly Handle[];
  readonly grads: Readonly<Record<string, Handle>>;
}

/**
 * The losses of a pass, and what its layers add to them.
 * @param more adds to the gradient by an output, of its own loss
 */
export function objectiveOf(
  ops: Ops,
  pass: Pass,
  heads: readonly JudgedHead[],
  more: (grad: Handle, head: number) => Handle = (grad) => grad,
): Objective {
  const found = heads.map(({ name, loss, target }) => loss.evaluate(ops, outputOf(pass, name), target));
  const grads = heads.map(({ name, weight }, i) => {
    const grad = more((found[i] as (typeof found)[number]).grad, i);
    return [name, weight === 1 ? grad : scaled(ops, weight, grad)] as const;
  });
  return {
    losses: found.map(({ loss }) => loss),
    penalties: pass.penalties.map((penalty) => penalty()),
    grads: pass.backward(Object.fromEntries(grads)),
  };
}

/** The same of a pass whose last layer gives the loss itself. */
export function workedOut(pass: Pass): Objective {
  const loss = outputOf(pass, 'y');
  return { losses: [loss], penalties: pass.penalties.map((penalty) => penalty()), grads: pass.backward({ y: loss }) };
}

function outputOf({ outputs }: Pass, name: string): Handle {
  return (outputs[name] as Batch).values;
}

/** Two passes over the same batch: the mean of both, and what their outputs' disagreement costs. */
export function fraternalObjective(
  ops: Ops,
  [first, second]: readonly [Pass, Pass],
  heads: readonly JudgedHead[],
  kappa: number,
): Objective {
  const differences = heads.map(({ name, target, weight }) => {
    const [a, b] = [outputOf(first, name), outputOf(second, name)];
    const units = a.shape.at(-1) ?? 1;
    const { difference } = ops.run(differenceKernel, {
      inputs: { a, b, counts: countsOf(ops, target, units) },
      lengths: target.lengths,
    });
    return { difference, weight, share: kappa / Math.max(1, target.rows * units) };
  });
  // Each pass goes back with twice its part in the disagreement, as the mean of both halves it again.
  const towards = (sign: number) => (dy: Handle, head: number) => {
    const { difference, share } = differences[head] as (typeof differences)[number];
    return addTimes(ops, dy, sign * 4 * share, difference);
  };
  const one = objectiveOf(ops, first, heads, towards(1));
  const other = objectiveOf(ops, second, heads, towards(-1));
  const mean = (x: Handle, y: Handle): Handle => ops.run(meanKernel, { inputs: { x, y } }).mean;
  return {
    losses: one.losses.map((loss, i) => mean(loss, other.losses[i] as Handle)),
    penalties: [
      ...differences.map(({ difference, weight, share }) => squareSum(ops, difference, weight * share)),
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
