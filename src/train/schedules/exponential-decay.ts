import { expectNoMore, expectNumber, expectWhole, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { defineSchedule, type LearningRateSchedule } from './learning-rate.ts';

export interface ExponentialDecayOptions {
  /** The learning rate of the first update. */
  readonly initial: number;
  /** What it is multiplied with once in `every` updates, smoothly, in (0, 1]. */
  readonly factor: number;
  /** In updates. */
  readonly every: number;
}

/** initial factor^(update / every). */
export const exponentialDecay: Maker<[ExponentialDecayOptions], LearningRateSchedule> = defineSchedule({
  type: 'exponentialDecay',
  make(options: ExponentialDecayOptions) {
    const { initial, factor, every, ...rest } = optionsOf('exponentialDecay', options);
    expectNoMore('exponentialDecay', rest);
    expectNumber('exponentialDecay', 'initial', initial);
    expectNumber('exponentialDecay', 'factor', factor);
    expectWhole('exponentialDecay', 'every', every, 1);
    return { config: { initial, factor, every }, at: ({ update }) => initial * factor ** (update / every) };
  },
});
