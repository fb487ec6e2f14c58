import { expectNumber, expectWhole, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { defineSchedule, expectUnit, type LearningRateSchedule, type ScheduleUnit } from './learning-rate-schedule.ts';

/** What `stepDecay` is told. */
export interface StepDecayOptions {
  /** The learning rate at first. */
  readonly initial: number;
  /** What it is multiplied with after every so many updates or epochs. */
  readonly factor: number;
  /** In what `by` says. */
  readonly every: number;
  /** What it counts in; 'update' when left out. */
  readonly by?: ScheduleUnit;
}

/**
 * A learning rate that falls in steps: initial factor^floor(t / every), where t counts updates, or epochs. PyTorch's StepLR.
 * @throws OptionError for an option that is out of range
 * @example
 * ```ts
 * import { stepDecay } from 'keepgate';
 *
 * const learningRate = stepDecay({ initial: 0.1, factor: 0.5, every: 10, by: 'epoch' });
 * console.log([0, 9, 10, 20].map((epoch) => learningRate.at({ update: 99, epoch }))); // prints: [ 0.1, 0.1, 0.05, 0.025 ]
 * ```
 */
export const stepDecay: Maker<[StepDecayOptions], LearningRateSchedule> = defineSchedule({
  type: 'stepDecay',
  make(options: StepDecayOptions) {
    const names = { initial: true, factor: true, every: true, by: true } as const;
    const { initial, factor, every, by = 'update' } = optionsOf('stepDecay', options, names);
    expectNumber('stepDecay', 'initial', initial);
    expectNumber('stepDecay', 'factor', factor);
    expectWhole('stepDecay', 'every', every, 1);
    expectUnit('stepDecay', by);
    return { config: { initial, factor, every, by }, at: (time) => initial * factor ** Math.floor(time[by] / every) };
  },
});
