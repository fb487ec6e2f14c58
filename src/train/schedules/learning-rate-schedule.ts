import { expectNumber, optionsOf, partsOf } from '../../checks.ts';
import { type Config, type Configured, type Definition, define, type Maker } from '../../define.ts';
import { OptionError, show } from '../../errors.ts';

/** How large the steps of an optimizer are: a number, or a schedule of it. */
export type LearningRate = number | LearningRateSchedule;

/** A learning rate that changes as training goes on. It is pure: the same time gives the same number. */
export interface LearningRateSchedule extends Configured {
  /** The learning rate of an update, finite and from 0. */
  at(time: ScheduleTime): number;
}

/** When an update takes place, counted from the start of its run. */
export interface ScheduleTime {
  /** The updates that were done before: 0 at the first. */
  readonly update: number;
  /** The epochs that were finished before: 0 in the first. */
  readonly epoch: number;
}

/**
 * A new schedule: the function that makes it, by whose type a saved run finds it again.
 * @example
 * ```ts
 * import { defineSchedule } from 'keepgate';
 *
 * const halving = defineSchedule({
 *   type: 'halving',
 *   make: ({ initial }: { readonly initial: number }) => ({
 *     config: { initial },
 *     at: ({ epoch }) => initial / 2 ** epoch,
 *   }),
 * });
 * console.log(halving({ initial: 0.1 }).at({ update: 40, epoch: 2 })); // prints: 0.025
 * ```
 */
export function defineSchedule<A extends readonly unknown[]>(
  definition: Definition<A, LearningRateSchedule>,
): Maker<A, LearningRateSchedule> {
  return define(definition, (made) => ({
    ...made,
    at(time) {
      const { update, epoch } = optionsOf(definition.type, time, { update: true, epoch: true });
      expectNumber(definition.type, 'update', update);
      expectNumber(definition.type, 'epoch', epoch);
      return made.at({ update, epoch });
    },
  }));
}

/** @throws OptionError when a schedule gives what is no finite number from 0 */
export function learningRateAt(learningRate: LearningRate, time: ScheduleTime): number {
  if (typeof learningRate === 'number') return learningRate;
  const value = learningRate.at(time);
  if (typeof value !== 'number' || !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new OptionError(
      `${learningRate.config.type}: a finite learning rate from 0 was expected after ${time.update} updates, but ${show(value)} came; check the schedule`,
    );
  }
  return value;
}

/** @throws OptionError unless it is a finite number from 0, or a schedule */
export function expectLearningRate(who: string, value: LearningRate): void {
  if (isSchedule(value)) return;
  expectNumber(who, 'learningRate', value);
}

function isSchedule(value: unknown): value is LearningRateSchedule {
  const { at, config } = partsOf<LearningRateSchedule>('learningRate', value, 'at', 'config');
  return typeof at === 'function' && typeof config?.type === 'string';
}

/** For a config. */
export function writeLearningRate(learningRate: LearningRate): number | Config {
  return typeof learningRate === 'number' ? learningRate : learningRate.config;
}
