import { expectNumber, expectWhole, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { defineSchedule, type LearningRateSchedule } from './learning-rate-schedule.ts';

/** What `exponentialDecay` is told. */
export interface ExponentialDecayOptions {
  /** The learning rate of the first update. */
  readonly initial: number;
  /** What it is multiplied with once in `every` updates, smoothly, in (0, 1]. */
  readonly factor: number;
  /** In updates. */
  readonly every: number;
}

/**
 * A learning rate that falls smoothly: initial factor^(update / every).
 * @example
 * ```ts
 * import { adam, exponentialDecay } from 'keepgate';
 *
 * const learningRate = exponentialDecay({ initial: 0.1, factor: 0.5, every: 100 });
 * console.log(learningRate.at({ update: 200, epoch: 4 })); // prints: 0.025
 * console.log(adam({ learningRate }).config.learningRate);
 * // prints: { type: 'exponentialDecay', initial: 0.1, factor: 0.5, every: 100 }
 * ```
 */
export const exponentialDecay: Maker<[ExponentialDecayOptions], LearningRateSchedule> = defineSchedule({
  type: 'exponentialDecay',
  make(options: ExponentialDecayOptions) {
    const { initial, factor, every } = optionsOf('exponentialDecay', options, {
      initial: true,
      factor: true,
      every: true,
    });
    expectNumber('exponentialDecay', 'initial', initial);
    expectNumber('exponentialDecay', 'factor', factor);
    expectWhole('exponentialDecay', 'every', every, 1);
    return { config: { initial, factor, every }, at: ({ update }) => initial * factor ** (update / every) };
  },
});
