import { expectBoolean, expectNumber, expectPositive, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { expectLearningRate, type LearningRate } from '../schedules/learning-rate-schedule.ts';
import { defineOptimizer, type Optimizer } from './optimizer.ts';

/** What `rmsprop` can be told. */
export interface RmspropOptions {
  /** 0.01 when left out. */
  readonly learningRate?: LearningRate;
  /** The decay of the mean of squared gradients, in [0, 1); 0.99 when left out. Keras calls it rho. */
  readonly alpha?: number;
  /** Keeps the step finite where gradients are small, above 0; 1e-8 when left out. */
  readonly epsilon?: number;
  /** How much of the last step is taken again, in [0, 1); 0 when left out. */
  readonly momentum?: number;
  /** Divide by the deviation of gradients (Graves 2013, arXiv:1308.0850), not by their size; false when left out. */
  readonly centered?: boolean;
}

/**
 * RMSprop (Tieleman and Hinton 2012), as PyTorch's: s = alpha s + (1 - alpha) g²; v = momentum v + g / (√s + epsilon);
 * weight -= learningRate v. Centered, s - m² takes the place of s, where m = alpha m + (1 - alpha) g. Keras' has the defaults
 * learningRate 0.001 and rho 0.9.
 * @throws OptionError for an option that is out of range
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, rmsprop, sequential } from 'keepgate';
 *
 * const line = { x: [[0], [1]], y: [[1], [3]] };
 * const model = sequential([dense({ units: 1 })]);
 * const optimizer = rmsprop({ learningRate: 0.02, momentum: 0.5 });
 * await model.fit(line, { key: key(1), epochs: 400, loss: meanSquaredError(), optimizer });
 * console.log((await model.evaluate(line)).loss < 0.01); // prints: true
 * await model.dispose();
 * ```
 */
export const rmsprop: Maker<[options?: RmspropOptions], Optimizer> = defineOptimizer({
  type: 'rmsprop',
  make(options: RmspropOptions = {}) {
    const {
      learningRate = 0.01,
      alpha = 0.99,
      epsilon = 1e-8,
      momentum = 0,
      centered = false,
    } = optionsOf('rmsprop', options, {
      learningRate: true,
      alpha: true,
      epsilon: true,
      momentum: true,
      centered: true,
    });
    expectLearningRate('rmsprop', learningRate);
    expectNumber('rmsprop', 'alpha', alpha, 1);
    expectPositive('rmsprop', 'epsilon', epsilon);
    expectNumber('rmsprop', 'momentum', momentum, 1);
    expectBoolean('rmsprop', 'centered', centered);
    return {
      config: { alpha, epsilon, momentum, centered },
      learningRate,
      slots: centered ? ['square', 'velocity', 'mean'] : ['square', 'velocity'],
      update(ops, weight, grad, { square, velocity, mean }, { learningRate: now, scale }) {
        const scalars = { alpha, rest: 1 - alpha, epsilon, momentum, scale, learningRate: now };
        const inputs = { weight, grad, square: square as Handle, velocity: velocity as Handle };
        const { weight: updated, ...slots } = centered
          ? ops.run(centeredKernel, { inputs: { ...inputs, mean: mean as Handle }, scalars })
          : ops.run(plainKernel, { inputs, scalars });
        return { weight: updated, slots };
      },
    };
  },
});

const SCALARS = ['alpha', 'rest', 'epsilon', 'momentum', 'scale', 'learningRate'] as const;
const INPUTS = { weight: ['w'], grad: ['g'], square: ['sOld'], velocity: ['vOld'] } as const;
const OUTPUTS = { weight: ['updated'], square: ['s'], velocity: ['v'] } as const;

const plainKernel = kernel({
  name: 'rmsprop',
  inputs: INPUTS,
  scalars: SCALARS,
  outputs: OUTPUTS,
  body: ({ add, sub, mul, div, sqrt }, v) => {
    const g = mul(v.g, v.scale);
    const s = add(mul(v.alpha, v.sOld), mul(v.rest, mul(g, g)));
    const velocity = add(mul(v.momentum, v.vOld), div(g, add(sqrt(s), v.epsilon)));
    return { s, v: velocity, updated: sub(v.w, mul(v.learningRate, velocity)) };
  },
});

const centeredKernel = kernel({
  name: 'rmspropCentered',
  inputs: { ...INPUTS, mean: ['mOld'] },
  scalars: SCALARS,
  outputs: { ...OUTPUTS, mean: ['m'] },
  body: ({ constant, add, sub, mul, div, sqrt, greater }, v) => {
    const g = mul(v.g, v.scale);
    const s = add(mul(v.alpha, v.sOld), mul(v.rest, mul(g, g)));
    const m = add(mul(v.alpha, v.mOld), mul(v.rest, g));
    const difference = sub(s, mul(m, m));
    // Rounding can make it less than 0 where gradients hardly change.
    const variance = mul(difference, greater(difference, constant(0)));
    const velocity = add(mul(v.momentum, v.vOld), div(g, add(sqrt(variance), v.epsilon)));
    return { s, m, v: velocity, updated: sub(v.w, mul(v.learningRate, velocity)) };
  },
});
