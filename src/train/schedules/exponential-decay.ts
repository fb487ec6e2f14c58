import { expectNumber, expectWhole, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { defineSchedule, expectUnit, type LearningRateSchedule, type ScheduleUnit } from './learning-rate-schedule.ts';

/** What `exponentialDecay` is told. */
export interface ExponentialDecayOptions {
  /** The learning rate of the first update. */
  readonly initial: number;
  /** What it is multiplied with once in `every` updates or epochs, smoothly, in (0, 1]. */
  readonly factor: number;
  /** In what `by` says. */
  readonly every: number;
  /** What it counts in; 'update' when left out. */
  readonly by?: ScheduleUnit;
}

/**
 * A learning rate that falls smoothly: initial factor^(t / every), where t counts updates, or epochs. PyTorch's ExponentialLR,
 * with every 1 and by 'epoch'; Keras' ExponentialDecay.
 * @throws OptionError for an option that is out of range
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
    const {
      initial,
      factor,
      every,
      by = 'update',
    } = optionsOf('exponentialDecay', options, { initial: true, factor: true, every: true, by: true });
    expectNumber('exponentialDecay', 'initial', initial);
    expectNumber('exponentialDecay', 'factor', factor);
    expectWhole('exponentialDecay', 'every', every, 1);
    expectUnit('exponentialDecay', by);
    return {
      // Runs that were saved before there was a choice have no `by`, and go on under the same config.
      config: { initial, factor, every, by: by === 'update' ? undefined : by },
      at: (time) => initial * factor ** (time[by] / every),
    };
  },
});
