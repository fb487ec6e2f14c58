import { expectNumber, expectPositive, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { expectLearningRate, type LearningRate } from '../schedules/learning-rate-schedule.ts';
import { MOMENT_SCALARS, MOMENT_TENSORS, momentScalars, momentsOf } from './moments.ts';
import { defineOptimizer, type Optimizer } from './optimizer.ts';

/** What `radam` can be told. */
export interface RadamOptions {
  /** 0.001 when left out. */
  readonly learningRate?: LearningRate;
  /** The decay of the mean of gradients, in [0, 1); 0.9 when left out. */
  readonly beta1?: number;
  /** The decay of the mean of their squares, in [0, 1); 0.999 when left out. */
  readonly beta2?: number;
  /** Keeps the step finite where gradients are small, above 0; 1e-8 when left out. */
  readonly epsilon?: number;
}

/**
 * Rectified Adam (Liu et al. 2020, arXiv:1908.03265), as PyTorch's RAdam: with m and s as in `adam`, ρ = 2 / (1 - beta2) - 1 and
 * ρₜ = ρ - 2 t beta2ᵗ / (1 - beta2ᵗ), weight -= learningRate rₜ (m / (1 - beta1ᵗ)) √(1 - beta2ᵗ) / (√s + epsilon), where
 * rₜ = √((ρₜ - 4) (ρₜ - 2) ρ / ((ρ - 4) (ρ - 2) ρₜ)). While ρₜ is at most 5, as at first, weight -= learningRate m / (1 - beta1ᵗ).
 * @throws OptionError for an option that is out of range
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, radam, sequential } from 'keepgate';
 *
 * const line = { x: [[0], [1]], y: [[1], [3]] };
 * const model = sequential([dense({ units: 1 })]);
 * const optimizer = radam({ learningRate: 0.05 });
 * await model.fit(line, { key: key(1), epochs: 400, loss: meanSquaredError(), optimizer });
 * console.log((await model.evaluate(line)).loss < 0.01); // prints: true
 * await model.dispose();
 * ```
 */
export const radam: Maker<[options?: RadamOptions], Optimizer> = defineOptimizer({
  type: 'radam',
  make(options: RadamOptions = {}) {
    const names = { learningRate: true, beta1: true, beta2: true, epsilon: true } as const;
    const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = optionsOf('radam', options, names);
    expectLearningRate('radam', learningRate);
    expectNumber('radam', 'beta1', beta1, 1);
    expectNumber('radam', 'beta2', beta2, 1);
    expectPositive('radam', 'epsilon', epsilon);
    return {
      config: { beta1, beta2, epsilon },
      learningRate,
      slots: ['mean', 'square'],
      update(ops, weight, grad, { mean, square }, { learningRate: now, step, scale }) {
        const rectified = rectification(beta2, step);
        const scalars = {
          ...momentScalars(beta1, beta2, scale),
          ofMean: (now * (rectified ?? 1)) / (1 - beta1 ** step),
          // While the squares say too little, the mean is divided by 1.
          adaptive: rectified === null ? 0 : 1,
          least: rectified === null ? 1 : epsilon,
        };
        const inputs = { weight, grad, mean: mean as Handle, square: square as Handle };
        const { weight: updated, ...slots } = ops.run(radamKernel, { inputs, scalars });
        return { weight: updated, slots };
      },
    };
  },
});

/** rₜ √(1 - beta2ᵗ); null while ρₜ is at most 5. */
function rectification(beta2: number, step: number): number | null {
  const correction = 1 - beta2 ** step;
  const limit = 2 / (1 - beta2) - 1;
  const now = limit - (2 * step * beta2 ** step) / correction;
  if (now <= 5) return null;
  const variance = ((now - 4) * (now - 2) * limit) / ((limit - 4) * (limit - 2) * now);
  return Math.sqrt(variance) * Math.sqrt(correction);
}

const radamKernel = kernel({
  name: 'radam',
  ...MOMENT_TENSORS,
  scalars: [...MOMENT_SCALARS, 'ofMean', 'adaptive', 'least'],
  body: (algebra, v) => {
    const { add, sub, mul, div, sqrt } = algebra;
    const { m, s } = momentsOf(algebra, v);
    const size = add(mul(v.adaptive, sqrt(s)), v.least);
    return { m, s, updated: sub(v.w, div(mul(v.ofMean, m), size)) };
  },
});
