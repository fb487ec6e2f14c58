import { type AnyMaker, type Config, restoreBy } from '../../define.ts';
import type { LearningRateSchedule } from '../schedules/learning-rate-schedule.ts';
import { restoreLearningRate } from '../schedules/schedules.ts';
import { adagrad } from './adagrad.ts';
import { adam, adamW } from './adam.ts';
import { nadam } from './nadam.ts';
import type { Optimizer } from './optimizer.ts';
import { radam } from './radam.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** The optimizers of this package. */
export const OPTIMIZERS: readonly AnyMaker<Optimizer>[] = [sgd, adam, adamW, rmsprop, adagrad, nadam, radam];

/**
 * The optimizer of a config.
 * @param own a user's own optimizers and schedules
 * @throws ModelError when nobody knows it, or its schedule
 */
export function restoreOptimizer(
  config: Config,
  own: {
    readonly optimizers?: readonly AnyMaker<Optimizer>[];
    readonly schedules?: readonly AnyMaker<LearningRateSchedule>[];
  } = {},
): Optimizer {
  const learningRate = restoreLearningRate(config.learningRate, own.schedules);
  return restoreBy('optimizer', [...(own.optimizers ?? []), ...OPTIMIZERS], { ...config, learningRate });
}
