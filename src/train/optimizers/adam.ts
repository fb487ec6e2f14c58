import { expectNumber, type OptionNames, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { expectLearningRate, type LearningRate } from '../schedules/learning-rate-schedule.ts';
import { MOMENT_SCALARS, MOMENT_TENSORS, momentScalars, momentsOf } from './moments.ts';
import { defineOptimizer, type Optimizer } from './optimizer.ts';

/** What `adam` can be told. */
export interface AdamOptions {
  /** 0.001 when left out. */
  readonly learningRate?: LearningRate;
  /** The decay of the mean of gradients, in [0, 1); 0.9 when left out. */
  readonly beta1?: number;
  /** The decay of the mean of their squares, in [0, 1); 0.999 when left out. */
  readonly beta2?: number;
  /**
   * Keeps the step finite where gradients are small; 1e-8 when left out. Above 1e-15 in float32, where a mean of squares below
   * 2^-100 is 0.
   */
  readonly epsilon?: number;
}

/** What `adamW` can be told. */
export interface AdamWOptions extends AdamOptions {
  /** How fast weights shrink: each update multiplies them by 1 - learningRate weightDecay; 0.01 when left out. */
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma and Ba 2015, arXiv:1412.6980).
 * @example
 * ```ts
 * import { adam, dense, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const line = { x: [[0], [1]], y: [[1], [3]] };
 * const model = sequential([dense({ units: 1 })]);
 * const optimizer = adam({ learningRate: 0.05 });
 * await model.fit(line, { key: key(1), epochs: 400, loss: meanSquaredError(), optimizer });
 * console.log((await model.evaluate(line)).loss < 0.01); // prints: true
 * await model.dispose();
 * ```
 */
export const adam: Maker<[options?: AdamOptions], Optimizer> = defineOptimizer({
  type: 'adam',
  make: (options: AdamOptions = {}) => adamLike('adam', options, 0),
});

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101).
 * @example
 * ```ts
 * import { adamW, dense, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const line = { x: [[0], [1]], y: [[1], [3]] };
 * const model = sequential([dense({ units: 1 })]);
 * const optimizer = adamW({ learningRate: 0.05, weightDecay: 0.001 });
 * await model.fit(line, { key: key(1), epochs: 400, loss: meanSquaredError(), optimizer });
 * console.log((await model.evaluate(line)).loss < 0.01); // prints: true
 * await model.dispose();
 * ```
 */
export const adamW: Maker<[options?: AdamWOptions], Optimizer> = defineOptimizer({
  type: 'adamW',
  make(options: AdamWOptions = {}) {
    const { weightDecay = 0.01, ...others } = optionsOf('adamW', options, { ...ADAM, weightDecay: true });
    expectNumber('adamW', 'weightDecay', weightDecay);
    const made = adamLike('adamW', others, weightDecay);
    return { ...made, config: { ...made.config, weightDecay } };
  },
});

const ADAM: OptionNames<AdamOptions> = { learningRate: true, beta1: true, beta2: true, epsilon: true };

type Made = Omit<Optimizer, 'config'> & { readonly config: Readonly<Record<string, unknown>> };

function adamLike(name: string, options: AdamOptions, weightDecay: number): Made {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = optionsOf(name, options, ADAM);
  expectLearningRate(name, learningRate);
  expectNumber(name, 'beta1', beta1, 1);
  expectNumber(name, 'beta2', beta2, 1);
  expectNumber(name, 'epsilon', epsilon);
  return {
    config: { beta1, beta2, epsilon },
    learningRate,
    slots: ['mean', 'square'],
    update(ops, weight, grad, { mean, square }, { learningRate: now, step, scale, decays }) {
      const scalars = {
        ...momentScalars(beta1, beta2, scale),
        epsilon,
        // The means start at 0 and are too small at first: divided by what is missing.
        rate: now / (1 - beta1 ** step),
        correction2: 1 - beta2 ** step,
        decay: decays ? 1 - now * weightDecay : 1,
      };
      const inputs = { weight, grad, mean: mean as Handle, square: square as Handle };
      const { weight: updated, ...slots } = ops.run(adamKernel, { inputs, scalars });
      return { weight: updated, slots };
    },
  };
}

const adamKernel = kernel({
  name: 'adam',
  ...MOMENT_TENSORS,
  scalars: [...MOMENT_SCALARS, 'epsilon', 'rate', 'correction2', 'decay'],
  body: (algebra, v) => {
    const { add, sub, mul, div, sqrt } = algebra;
    const { m, s } = momentsOf(algebra, v);
    const size = add(sqrt(div(s, v.correction2)), v.epsilon);
    return { m, s, updated: sub(mul(v.w, v.decay), mul(v.rate, div(m, size))) };
  },
});
