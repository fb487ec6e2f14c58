import { expectNumber, expectPositive, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { expectLearningRate, type LearningRate } from '../schedules/learning-rate-schedule.ts';
import { MOMENT_SCALARS, MOMENT_TENSORS, momentScalars, momentsOf } from './moments.ts';
import { defineOptimizer, type Optimizer } from './optimizer.ts';

/** What `nadam` can be told. */
export interface NadamOptions {
  /** 0.002 when left out. */
  readonly learningRate?: LearningRate;
  /** The decay of the mean of gradients, in [0, 1); 0.9 when left out. */
  readonly beta1?: number;
  /** The decay of the mean of their squares, in [0, 1); 0.999 when left out. */
  readonly beta2?: number;
  /** Keeps the step finite where gradients are small, above 0; 1e-8 when left out. */
  readonly epsilon?: number;
  /** How fast the momentum comes from half of beta1 to beta1; 0.004 when left out. */
  readonly momentumDecay?: number;
}

/**
 * Adam with Nesterov's momentum (Dozat 2016), as PyTorch's NAdam: with m and s as in `adam`, μₜ = beta1 (1 - 0.96^(t momentumDecay) / 2)
 * and Πₜ = μ₁ ... μₜ, weight -= learningRate (μₜ₊₁ m / (1 - Πₜ₊₁) + (1 - μₜ) g / (1 - Πₜ)) / (√(s / (1 - beta2ᵗ)) + epsilon).
 * @throws OptionError for an option that is out of range
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, nadam, sequential } from 'keepgate';
 *
 * const line = { x: [[0], [1]], y: [[1], [3]] };
 * const model = sequential([dense({ units: 1 })]);
 * const optimizer = nadam({ learningRate: 0.05 });
 * await model.fit(line, { key: key(1), epochs: 400, loss: meanSquaredError(), optimizer });
 * console.log((await model.evaluate(line)).loss < 0.01); // prints: true
 * await model.dispose();
 * ```
 */
export const nadam: Maker<[options?: NadamOptions], Optimizer> = defineOptimizer({
  type: 'nadam',
  make(options: NadamOptions = {}) {
    const {
      learningRate = 0.002,
      beta1 = 0.9,
      beta2 = 0.999,
      epsilon = 1e-8,
      momentumDecay = 0.004,
    } = optionsOf('nadam', options, {
      learningRate: true,
      beta1: true,
      beta2: true,
      epsilon: true,
      momentumDecay: true,
    });
    expectLearningRate('nadam', learningRate);
    expectNumber('nadam', 'beta1', beta1, 1);
    expectNumber('nadam', 'beta2', beta2, 1);
    expectPositive('nadam', 'epsilon', epsilon);
    expectNumber('nadam', 'momentumDecay', momentumDecay);
    const momentumAt = (step: number): number => beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));
    const productUpTo = products(momentumAt);
    return {
      config: { beta1, beta2, epsilon, momentumDecay },
      learningRate,
      slots: ['mean', 'square'],
      update(ops, weight, grad, { mean, square }, { learningRate: now, step, scale }) {
        const [momentum, next, product] = [momentumAt(step), momentumAt(step + 1), productUpTo(step)];
        const scalars = {
          ...momentScalars(beta1, beta2, scale),
          epsilon,
          correction2: 1 - beta2 ** step,
          ofMean: (now * next) / (1 - product * next),
          ofGrad: (now * (1 - momentum)) / (1 - product),
        };
        const inputs = { weight, grad, mean: mean as Handle, square: square as Handle };
        const { weight: updated, ...slots } = ops.run(nadamKernel, { inputs, scalars });
        return { weight: updated, slots };
      },
    };
  },
});

/** The product of the factors of steps 1 to n, always multiplied in this order: a run that goes on has the same bits. */
function products(factorAt: (step: number) => number): (step: number) => number {
  let last = { step: 0, product: 1 };
  return (step) => {
    let { step: done, product } = last.step <= step ? last : { step: 0, product: 1 };
    // Below that nothing is lost from 1, and a run that goes on after a million steps need not go through them.
    while (done < step && product > 2 ** -60) product *= factorAt(++done);
    last = { step: done, product };
    return product;
  };
}

const nadamKernel = kernel({
  name: 'nadam',
  ...MOMENT_TENSORS,
  scalars: [...MOMENT_SCALARS, 'epsilon', 'correction2', 'ofMean', 'ofGrad'],
  body: (algebra, v) => {
    const { add, sub, mul, div, sqrt } = algebra;
    const { g, m, s } = momentsOf(algebra, v);
    const size = add(sqrt(div(s, v.correction2)), v.epsilon);
    return { m, s, updated: sub(v.w, div(add(mul(v.ofMean, m), mul(v.ofGrad, g)), size)) };
  },
});
