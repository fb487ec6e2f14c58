import { expectNumber, expectOneOf, type OptionNames, optionsOf, partsOf, readable } from '../../checks.ts';
import { type Config, type Configured, type Definition, define, type Maker } from '../../define.ts';
import { OptionError, show } from '../../errors.ts';
import type { Epoch } from '../history.ts';

/** How large the steps of an optimizer are: a number, or a schedule of it. */
export type LearningRate = number | LearningRateSchedule;

/** A learning rate that changes as training goes on. It is pure: the same time gives the same number. */
export interface LearningRateSchedule extends Configured {
  /** The learning rate of an update, finite and from 0. */
  at(time: ScheduleTime): number;
  /** What it looks at in epochs that are over, such as 'validation.loss': before training it is seen that there is such a score. */
  readonly monitor?: string;
  /** The schedule that stands inside of it, as in a warm-up. */
  readonly inner?: LearningRateSchedule;
}

/** When an update takes place, counted from the start of its run. */
export interface ScheduleTime {
  /** The updates that were done before: 0 at the first. */
  readonly update: number;
  /** The epochs that were finished before: 0 in the first. */
  readonly epoch: number;
  /** Those epochs, oldest first; none when left out. A snapshot holds them, so that what follows from them need not be kept. */
  readonly history?: readonly Epoch[];
}

/** What a schedule counts in: updates, or epochs that are finished. */
export type ScheduleUnit = 'update' | 'epoch';

/** @throws OptionError unless it is what a schedule can count in */
export function expectUnit(who: string, by: unknown): asserts by is ScheduleUnit {
  expectOneOf(who, 'by', by, ['update', 'epoch']);
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
      const { update, epoch, history = [] } = optionsOf(definition.type, time, TIME);
      expectNumber(definition.type, 'update', update);
      expectNumber(definition.type, 'epoch', epoch);
      expectHistory(definition.type, history);
      return made.at({ update, epoch, history });
    },
  }));
}

const TIME: OptionNames<ScheduleTime> = { update: true, epoch: true, history: true };

/** @throws OptionError unless it is a list of epochs */
function expectHistory(who: string, history: unknown): asserts history is readonly Epoch[] {
  const isOne = (epoch: unknown): boolean => {
    const { training, validation } = Object(epoch) as Partial<Epoch>;
    return typeof training === 'object' && training !== null && typeof validation === 'object';
  };
  // The last one alone: a run asks before each update, and adds one after each epoch.
  if (readable(who, () => Array.isArray(history) && (history.length === 0 || isOne(history.at(-1))))) return;
  throw new OptionError(`${who}: a list of epochs was expected as history, but ${show(history)} came; see History`);
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
export function expectLearningRate(who: string, value: LearningRate, name = 'learningRate'): void {
  if (isSchedule(value)) return;
  expectNumber(who, name, value);
}

function isSchedule(value: unknown): value is LearningRateSchedule {
  const { at, config } = partsOf<LearningRateSchedule>('learningRate', value, 'at', 'config');
  return typeof at === 'function' && typeof config?.type === 'string';
}

/** For a config. */
export function writeLearningRate(learningRate: LearningRate): number | Config {
  return typeof learningRate === 'number' ? learningRate : learningRate.config;
}
