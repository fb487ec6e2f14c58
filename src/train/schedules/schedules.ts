import { type AnyMaker, restoreBy } from '../../define.ts';
import { exponentialDecay } from './exponential-decay.ts';
import type { LearningRate, LearningRateSchedule } from './learning-rate-schedule.ts';

/** The schedules of this package. */
export const SCHEDULES: readonly AnyMaker<LearningRateSchedule>[] = [exponentialDecay];

/** What `writeLearningRate` wrote. @throws ModelError when nobody knows the schedule */
export function restoreLearningRate(
  config: unknown,
  own: readonly AnyMaker<LearningRateSchedule>[] = [],
): LearningRate {
  return typeof config === 'number' ? config : restoreBy('schedule', [...own, ...SCHEDULES], config);
}
