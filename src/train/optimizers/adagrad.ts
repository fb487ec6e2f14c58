import { expectNumber, expectPositive, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { expectLearningRate, type LearningRate } from '../schedules/learning-rate-schedule.ts';
import { defineOptimizer, type Optimizer } from './optimizer.ts';

/** What `adagrad` can be told. */
export interface AdagradOptions {
  /** 0.01 when left out. */
  readonly learningRate?: LearningRate;
  /** What the sum of squared gradients begins with; 0 when left out, as in PyTorch. Keras has 0.1. */
  readonly initialAccumulator?: number;
  /** Keeps the step finite where gradients are small, above 0; 1e-10 when left out. */
  readonly epsilon?: number;
}

/**
 * Adagrad (Duchi, Hazan and Singer 2011), as PyTorch's: s = s + g²; weight -= learningRate g / (√s + epsilon). What comes rarely,
 * such as most words, keeps large steps. A learning rate that falls besides is a schedule.
 * @throws OptionError for an option that is out of range
 * @example
 * ```ts
 * import { adagrad, dense, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const line = { x: [[0], [1]], y: [[1], [3]] };
 * const model = sequential([dense({ units: 1 })]);
 * const optimizer = adagrad({ learningRate: 0.5 });
 * await model.fit(line, { key: key(1), epochs: 400, loss: meanSquaredError(), optimizer });
 * console.log((await model.evaluate(line)).loss < 0.01); // prints: true
 * await model.dispose();
 * ```
 */
export const adagrad: Maker<[options?: AdagradOptions], Optimizer> = defineOptimizer({
  type: 'adagrad',
  make(options: AdagradOptions = {}) {
    const names = { learningRate: true, initialAccumulator: true, epsilon: true } as const;
    const { learningRate = 0.01, initialAccumulator = 0, epsilon = 1e-10 } = optionsOf('adagrad', options, names);
    expectLearningRate('adagrad', learningRate);
    expectNumber('adagrad', 'initialAccumulator', initialAccumulator);
    expectPositive('adagrad', 'epsilon', epsilon);
    return {
      config: { initialAccumulator, epsilon },
      learningRate,
      slots: ['square'],
      update(ops, weight, grad, { square }, { learningRate: now, scale }) {
        const inputs = { weight, grad, square: square as Handle };
        const scalars = { initial: initialAccumulator, epsilon, scale, learningRate: now };
        const { weight: updated, ...slots } = ops.run(adagradKernel, { inputs, scalars });
        return { weight: updated, slots };
      },
    };
  },
});

const adagradKernel = kernel({
  name: 'adagrad',
  inputs: { weight: ['w'], grad: ['g'], square: ['sOld'] },
  scalars: ['initial', 'epsilon', 'scale', 'learningRate'],
  outputs: { weight: ['updated'], square: ['s'] },
  body: ({ add, sub, mul, div, sqrt }, v) => {
    const g = mul(v.g, v.scale);
    // A slot begins with 0, so that what the sum begins with is added where it is used.
    const s = add(v.sOld, mul(g, g));
    const size = add(sqrt(add(s, v.initial)), v.epsilon);
    return { s, updated: sub(v.w, mul(v.learningRate, div(g, size))) };
  },
});
