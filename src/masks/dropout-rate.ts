import { expectNumber, optionsOf, readable } from '../checks.ts';
import { OptionError, RateError, show } from '../errors.ts';

/** The probability of a 0 in a mask, in [0, 1), or how it changes as training goes on. */
export type Rate = number | RateSchedule;

/** A rate that depends on t, the number of updates done so far. It is data, so that it can be saved. */
export interface RateSchedule {
  readonly schedule: RateScheduleName;
  /** Where the rate of a curriculum ends, or an annealed one starts. */
  readonly rate: number;
  /** How fast: after 1 / gamma updates 63% of the way is done. */
  readonly gamma: number;
}

/** How a rate changes: from none to the rate, or from the rate to none. See {@link curriculum}, {@link annealed}. */
export type RateScheduleName = 'curriculum' | 'annealed';

/** What `curriculum` and `annealed` are told. */
export interface RateScheduleOptions {
  /** How fast: after 1 / gamma updates 63% of the way is done; 0.001 when left out. */
  readonly gamma?: number;
}

/** The rate after t updates. */
const RATE_AT: Readonly<Record<RateScheduleName, (schedule: RateSchedule, update: number) => number>> = {
  curriculum: ({ rate, gamma }, update) => -rate * Math.expm1(-gamma * update),
  annealed: ({ rate, gamma }, update) => rate * Math.exp(-gamma * update),
};

/**
 * Dropout that begins with none and ends at the rate: p(t) = p (1 - exp(-γ t)) (Morerio et al. 2017, arXiv:1703.06229).
 * @throws RateError when the rate is not in [0, 1)
 * @throws OptionError when gamma is no number from 0
 * @example
 * ```ts
 * import { curriculum, key, sample, variational } from 'keepgate';
 *
 * const scheme = variational({ recurrent: curriculum(0.5, { gamma: 0.01 }) });
 * console.log(scheme[0]?.rate); // prints: { schedule: 'curriculum', rate: 0.5, gamma: 0.01 }
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const masked = (update: number) => Object.keys(sample(scheme, key(1), { ...sizes, update }).masks);
 * console.log(masked(0), masked(1000)); // prints: [] [ 'recurrent' ]
 * ```
 */
export function curriculum(rate: number, options: RateScheduleOptions = {}): RateSchedule {
  return schedule('curriculum', rate, options);
}

/**
 * Dropout that begins at the rate and ends with none: p(t) = p exp(-γ t) (annealed dropout: Rennie et al. 2014).
 * @throws RateError when the rate is not in [0, 1)
 * @throws OptionError when gamma is no number from 0
 * @example
 * ```ts
 * import { annealed, key, sample, variational } from 'keepgate';
 *
 * const scheme = variational({ recurrent: annealed(0.5, { gamma: 0.01 }) });
 * console.log(scheme[0]?.rate); // prints: { schedule: 'annealed', rate: 0.5, gamma: 0.01 }
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const masked = (update: number) => Object.keys(sample(scheme, key(1), { ...sizes, update }).masks);
 * console.log(masked(0), masked(1_000_000)); // prints: [ 'recurrent' ] []
 * ```
 */
export function annealed(rate: number, options: RateScheduleOptions = {}): RateSchedule {
  return schedule('annealed', rate, options);
}

function schedule(name: RateScheduleName, rate: number, options: RateScheduleOptions): RateSchedule {
  const { gamma = 1e-3 } = optionsOf(name, options, { gamma: true });
  const made = { schedule: name, rate, gamma };
  expectRate(name, made);
  return made;
}

/** The rate in force after so many updates. */
export function rateAt(rate: Rate, update: number): number {
  return typeof rate === 'number' ? rate : RATE_AT[rate.schedule](rate, update);
}

/** The largest rate that will ever be in force. */
export function peakRate(rate: Rate): number {
  return typeof rate === 'number' ? rate : neverBegins(rate) ? 0 : rate.rate;
}

/** A curriculum that stays where it begins, at no dropout. */
export function neverBegins({ schedule, gamma }: RateSchedule): boolean {
  return schedule === 'curriculum' && gamma === 0;
}

/**
 * @throws RateError unless it is a number in [0, 1), or a schedule of one
 * @throws OptionError when a schedule is not of a known form
 */
export function expectRate(who: string, rate: Rate): void {
  if (typeof rate === 'object' && rate !== null && readable(who, () => 'schedule' in rate)) {
    const known = { schedule: true, rate: true, gamma: true } as const;
    const { schedule: name, rate: end, gamma } = optionsOf(`${who}: schedule`, rate, known);
    if (typeof name !== 'string' || !Object.hasOwn(RATE_AT, name)) {
      throw new OptionError(
        `${who}: a schedule of ${Object.keys(RATE_AT).join(' or ')} was expected, but ${show(name)} came`,
      );
    }
    expectNumber(who, 'gamma', gamma);
    expectPlainRate(who, end);
  } else expectPlainRate(who, rate);
}

function expectPlainRate(who: string, rate: unknown): void {
  if (typeof rate !== 'number' || !(rate >= 0 && rate < 1)) {
    throw new RateError(
      `${who}: a dropout rate in [0, 1) was expected, the probability to drop, but ${show(rate)} came; nothing is clamped`,
    );
  }
}
