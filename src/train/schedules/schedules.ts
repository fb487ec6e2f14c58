import { type AnyMaker, restoreBy } from '../../define.ts';
import { cosineDecay } from './cosine-decay.ts';
import { exponentialDecay } from './exponential-decay.ts';
import type { LearningRate, LearningRateSchedule } from './learning-rate-schedule.ts';
import { linearWarmUp } from './linear-warm-up.ts';
import { oneCycle } from './one-cycle.ts';
import { reduceOnPlateau } from './reduce-on-plateau.ts';
import { stepDecay } from './step-decay.ts';

/** The schedules of this package. */
export const SCHEDULES: readonly AnyMaker<LearningRateSchedule>[] = [
  exponentialDecay,
  stepDecay,
  cosineDecay,
  linearWarmUp,
  oneCycle,
  reduceOnPlateau,
];

/** What `writeLearningRate` wrote. @throws ModelError when nobody knows the schedule */
export function restoreLearningRate(
  config: unknown,
  own: readonly AnyMaker<LearningRateSchedule>[] = [],
): LearningRate {
  return typeof config === 'number' ? config : restoreBy('schedule', [...own, ...SCHEDULES], config);
}
