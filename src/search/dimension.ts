import { isPlain, optionsOf } from '../checks.ts';
import { OptionError, show } from '../errors.ts';
import type { Value, ValueKind } from './training-options.ts';

/** Numbers between two ends, both of which they can be. */
export interface NumberRange {
  readonly kind: 'range';
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Whether it is the logarithm that is evenly distributed. */
  readonly log: boolean;
  /** Whether its values are integers. */
  readonly whole: boolean;
  /** How many of them a grid has. */
  readonly points: number;
}

/** Values of which one is taken. */
export interface Choice {
  readonly kind: 'choice';
  readonly name: string;
  readonly choices: readonly Value[];
}

/** One thing that is searched. */
export type Dimension = NumberRange | Choice;

/** How many points of a range a grid has, unless the space says it. */
const POINTS = 5;

/** More than these no grid needs. */
const MOST_POINTS = 10_000;

/** So many digits of a number are kept, so that people can copy it: of the whole range, or of the number where it is logarithmic. */
const DIGITS = 4;

/**
 * What a space says of a name.
 * @param values those that it can have; all texts, numbers and booleans when left out
 * @throws OptionError for what is no range and no list of such values
 */
export function dimensionOf(name: string, said: unknown, values?: ValueKind): Dimension {
  const who = `space: ${name}`;
  if (isScalar(said)) return choiceOf(who, name, [said], values);
  if (Array.isArray(said)) {
    const isRange = said.length === 2 && said.every((end) => typeof end === 'number');
    return isRange ? rangeOf(who, name, { range: said }, values) : choiceOf(who, name, said, values);
  }
  if (isPlain(said)) {
    const told = optionsOf<Said>(who, said, { choices: true, range: true, log: true, whole: true, points: true });
    const { choices, range, log } = told;
    if ([choices, range, log].filter((one) => one !== undefined).length === 1) {
      if (choices === undefined) return rangeOf(who, name, told, values);
      optionsOf(who, said, { choices: true });
      return choiceOf(who, name, choices, values);
    }
  }
  throw new OptionError(
    `${who}: a value, a list, { range: [low, high] }, { log: [low, high] } or { choices: [...] } was expected, but ${show(said)} came`,
  );
}

/** What an object can say of a name. */
interface Said {
  readonly choices?: unknown;
  readonly range?: unknown;
  readonly log?: unknown;
  readonly whole?: unknown;
  readonly points?: unknown;
}

function choiceOf(who: string, name: string, choices: unknown, values: ValueKind | undefined): Choice {
  if (!Array.isArray(choices) || choices.length === 0) {
    throw new OptionError(`${who}: a list of one value or more was expected, but ${show(choices)} came`);
  }
  for (const [i, value] of choices.entries()) {
    if (!isScalar(value) || !(values?.has(value) ?? true)) {
      throw new OptionError(
        `${who}: ${values?.expected ?? 'texts, finite numbers or booleans'} were expected, but ${show(value)} came at index ${i}`,
      );
    }
    if (choices.indexOf(value) !== i) {
      throw new OptionError(`${who}: each value once was expected, but ${show(value)} came twice; leave one out`);
    }
  }
  return { kind: 'choice', name, choices: [...choices] };
}

function rangeOf(who: string, name: string, said: Said, values: ValueKind | undefined): Dimension {
  const { range, log, whole = values?.isCount ?? false, points = POINTS } = said;
  const ends: unknown = range ?? log;
  const isPair = Array.isArray(ends) && ends.length === 2 && ends.every((end) => Number.isFinite(end));
  if (!isPair) {
    throw new OptionError(`${who}: two finite numbers were expected as its ends, but ${show(ends)} came`);
  }
  const [low, high] = ends as [number, number];
  if (!(low < high)) {
    throw new OptionError(
      `${who}: two numbers were expected as its ends, the lower one first, but ${show(ends)} came; ${low === high ? `write ${low} alone` : 'exchange them'}`,
    );
  }
  const stray = ends.find((end) => values && !values.has(end));
  if (stray !== undefined) throw new OptionError(`${who}: ${values?.expected} were expected, but ${show(stray)} came`);
  if (log !== undefined && low <= 0) {
    throw new OptionError(`${who}: numbers above 0 were expected as its ends, as it is logarithmic, but ${low} came`);
  }
  if (typeof whole !== 'boolean' || (values && whole !== (values.isCount ?? false))) {
    const wanted = values ? `${values.isCount ?? false}` : 'true or false';
    throw new OptionError(`${who}: ${wanted} was expected as whole, but ${show(whole)} came; leave it out`);
  }
  if (whole && !ends.every((end) => Number.isSafeInteger(end))) {
    throw new OptionError(`${who}: whole numbers were expected as its ends, but ${show(ends)} came`);
  }
  if (!Number.isSafeInteger(points) || (points as number) < 2 || (points as number) > MOST_POINTS) {
    throw new OptionError(
      `${who}: a whole number from 2 to ${MOST_POINTS} was expected as points, but ${show(points)} came`,
    );
  }
  return { kind: 'range', name, low, high, log: log !== undefined, whole, points: points as number };
}

function isScalar(value: unknown): value is Value {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** The value at a place of the unit interval: each choice, and each integer, has the same share of it. @param u in [0, 1) */
export function valueAt(dimension: Dimension, u: number): Value {
  if (dimension.kind === 'choice') return dimension.choices[Math.floor(u * dimension.choices.length)] as Value;
  const [from, to] = bounds(dimension);
  return rangeValue(dimension, from + (to - from) * u);
}

/** Whether a value is one of a choice, or lies in a range. */
export function hasValue(dimension: Dimension, value: unknown): boolean {
  if (dimension.kind === 'choice') return dimension.choices.includes(value as Value);
  const { low, high, whole } = dimension;
  return typeof value === 'number' && value >= low && value <= high && (!whole || Number.isSafeInteger(value));
}

/** A number on the range's own scale, of logarithms or not, as the value that is nearest to it. */
export function rangeValue({ low, high, log, whole }: NumberRange, scaled: number): number {
  const value = log ? Math.exp(scaled) : scaled;
  const decimals = Math.min(100, Math.max(0, DIGITS - Math.ceil(Math.log10(high - low))));
  const short = whole ? Math.round(value) : Number(log ? value.toPrecision(DIGITS) : value.toFixed(decimals));
  return Math.min(high, Math.max(low, short));
}

/** The ends on the scale that values are evenly distributed on; half an integer more on both sides, where it has integers. */
export function bounds({ low, high, log, whole }: NumberRange): readonly [number, number] {
  const [from, to] = whole ? [low - 0.5, high + 0.5] : [low, high];
  return log ? [Math.log(from), Math.log(to)] : [from, to];
}

/** The values that a grid has: all choices, or points of the range, its ends among them. */
export function gridValues(dimension: Dimension): readonly Value[] {
  if (dimension.kind === 'choice') return dimension.choices;
  const { low, high, log, points } = dimension;
  const [from, to] = log ? [Math.log(low), Math.log(high)] : [low, high];
  const at = (i: number): number => rangeValue(dimension, from + ((to - from) * i) / (points - 1));
  return [...new Set(Array.from({ length: points }, (_, i) => at(i)))];
}

/** What it says, in one form for all ways of writing it. */
export function canonical(dimension: Dimension): unknown {
  if (dimension.kind === 'choice') return { choices: dimension.choices };
  const { low, high, log, whole, points } = dimension;
  return { [log ? 'log' : 'range']: [low, high], whole, points };
}
