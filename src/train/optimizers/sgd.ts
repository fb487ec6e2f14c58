import { expectNumber, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { expectLearningRate, type LearningRate } from '../schedules/learning-rate-schedule.ts';
import { defineOptimizer, type Optimizer } from './optimizer.ts';

/** What `sgd` can be told. */
export interface SgdOptions {
  /** 0.01 when left out. */
  readonly learningRate?: LearningRate;
  /** How much of the last step is taken again, in [0, 1); 0 when left out. */
  readonly momentum?: number;
}

/**
 * Gradient descent; with momentum, v = momentum v + grad and weight -= learningRate v.
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, sequential, sgd } from 'keepgate';
 *
 * const line = { x: [[0], [1]], y: [[1], [3]] };
 * const model = sequential([dense({ units: 1 })]);
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.5 });
 * await model.fit(line, { key: key(1), epochs: 400, loss: meanSquaredError(), optimizer });
 * console.log((await model.evaluate(line)).loss < 0.01); // prints: true
 * await model.dispose();
 * ```
 */
export const sgd: Maker<[options?: SgdOptions], Optimizer> = defineOptimizer({
  type: 'sgd',
  make(options: SgdOptions = {}) {
    const { learningRate = 0.01, momentum = 0 } = optionsOf('sgd', options, { learningRate: true, momentum: true });
    expectLearningRate('sgd', learningRate);
    expectNumber('sgd', 'momentum', momentum, 1);
    return {
      config: { momentum },
      learningRate,
      slots: ['velocity'],
      update(ops, weight, grad, { velocity }, { learningRate: now, scale }) {
        const inputs = { weight, grad, velocity: velocity as Handle };
        const scalars = { learningRate: now, momentum, scale };
        const { weight: updated, ...slots } = ops.run(sgdKernel, { inputs, scalars });
        return { weight: updated, slots };
      },
    };
  },
});

const sgdKernel = kernel({
  name: 'sgd',
  inputs: { weight: ['w'], grad: ['g'], velocity: ['vOld'] },
  scalars: ['learningRate', 'momentum', 'scale'],
  outputs: { weight: ['updated'], velocity: ['v'] },
  body: ({ add, sub, mul }, v) => {
    const velocity = add(mul(v.momentum, v.vOld), mul(v.g, v.scale));
    return { v: velocity, updated: sub(v.w, mul(v.learningRate, velocity)) };
  },
});
