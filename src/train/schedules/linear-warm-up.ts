import { expectNumber, expectWhole, optionsOf } from '../../checks.ts';
import { expectMade, type Maker } from '../../define.ts';
import {
  defineSchedule,
  expectLearningRate,
  expectUnit,
  type LearningRate,
  type LearningRateSchedule,
  learningRateAt,
  type ScheduleTime,
  type ScheduleUnit,
  writeLearningRate,
} from './learning-rate-schedule.ts';

/** What `linearWarmUp` is told. */
export interface LinearWarmUpOptions {
  /** What it rises to, and follows from then on: a number, or a schedule that begins when the warm-up is over. */
  readonly to: LearningRate;
  /** How many updates or epochs it takes. */
  readonly over: number;
  /** The share of it that the first update has, in [0, 1); 1/3 when left out. */
  readonly from?: number;
  /** What it counts in; 'update' when left out. */
  readonly by?: ScheduleUnit;
}

/**
 * A learning rate that rises along a line before it goes its way: (from + (1 - from) t / over) times what `to` begins with, where
 * t counts updates, or epochs; after that `to`, which counts from there. A `to` that counts in the other unit counts that from
 * the start of the run. PyTorch's SequentialLR of a LinearLR and another.
 * @throws OptionError for an option that is out of range, ModelError for a schedule that was put together by hand
 * @example
 * ```ts
 * import { cosineDecay, linearWarmUp } from 'keepgate';
 *
 * const learningRate = linearWarmUp({ over: 4, from: 0, to: cosineDecay({ initial: 0.1, over: 10 }) });
 * console.log([0, 1, 2, 4, 9, 14].map((update) => learningRate.at({ update, epoch: 0 })));
 * // prints: [ 0, 0.025, 0.05, 0.1, 0.05, 0 ]
 * ```
 */
export const linearWarmUp: Maker<[LinearWarmUpOptions], LearningRateSchedule> = defineSchedule({
  type: 'linearWarmUp',
  parse: ({ to, ...others }, restore) => [
    { ...others, to: typeof to === 'number' ? to : restore(to) } as LinearWarmUpOptions,
  ],
  make(options: LinearWarmUpOptions) {
    const names = { to: true, over: true, from: true, by: true } as const;
    const { to, over, from = 1 / 3, by = 'update' } = optionsOf('linearWarmUp', options, names);
    expectLearningRate('linearWarmUp', to, 'to');
    if (typeof to !== 'number') expectMade('linearWarmUp', 'schedule', to);
    expectWhole('linearWarmUp', 'over', over, 1);
    expectNumber('linearWarmUp', 'from', from, 1);
    expectUnit('linearWarmUp', by);
    /** The time since `to` began. */
    const after = (time: ScheduleTime, t: number): ScheduleTime =>
      by === 'update' ? { ...time, update: t } : { ...time, epoch: t };
    return {
      config: { to: writeLearningRate(to), over, from, by },
      ...(typeof to === 'number' ? {} : { inner: to, ...(to.monitor === undefined ? {} : { monitor: to.monitor }) }),
      at(time) {
        const left = over - time[by];
        if (left <= 0) return learningRateAt(to, after(time, -left));
        return learningRateAt(to, after(time, 0)) * (from + ((1 - from) * time[by]) / over);
      },
    };
  },
});
