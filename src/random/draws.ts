import { expectWhole, MOST_NUMBERS } from '../checks.ts';
import { OptionError, show } from '../errors.ts';
import { fold, type Key, wordsOf } from './key.ts';
import { threefry2x32, threefryRow } from './threefry.ts';

const TWO_32 = 2 ** 32;

/**
 * Fill a row with keep bits: 1 with probability 1 - rate, else 0. Entry `unit` depends on the key, the counter
 * `row` and `unit` alone, so rows can be drawn in any order and on any thread.
 */
export function drawKeepBits(
  bits: Uint8Array,
  offset: number,
  count: number,
  rate: number,
  { words }: Key,
  row: number,
): void {
  // A 32-bit word w is uniform on 0 .. 2^32 - 1; P(w < threshold) = threshold / 2^32 is within 2^-33 of the rate.
  const threshold = Math.round(rate * TWO_32);
  const drawn = new Uint32Array(count + (count & 1));
  threefryRow(drawn, words[0], words[1], row, 0);
  for (let unit = 0; unit < count; unit++) bits[offset + unit] = (drawn[unit] as number) >= threshold ? 1 : 0;
}

/** One bit of {@link drawKeepBits}: that of a row and a unit. */
export function keepBit(rate: number, { words }: Key, row: number, unit: number): 0 | 1 {
  const threshold = Math.round(rate * TWO_32);
  const pair = threefry2x32(words[0], words[1], row, unit >>> 1);
  return (pair[unit & 1] as number) >= threshold ? 1 : 0;
}

/**
 * Fill a row with numbers of mean 1 from a normal distribution (Box and Muller 1958: a pair of units has one radius
 * and one angle). What an entry depends on is as in {@link drawKeepBits}.
 */
export function drawGaussian(
  values: Float32Array,
  offset: number,
  count: number,
  deviation: number,
  { words }: Key,
  row: number,
): void {
  for (let unit = 0; unit < count; unit += 2) {
    const [even, odd] = threefry2x32(words[0], words[1], row, unit >>> 1);
    const radius = deviation * Math.sqrt(-2 * Math.log(openUniform(even)));
    const angle = 2 * Math.PI * openUniform(odd);
    values[offset + unit] = 1 + radius * Math.cos(angle);
    if (unit + 1 < count) values[offset + unit + 1] = 1 + radius * Math.sin(angle);
  }
}

/**
 * Fill a row with keep bits that are relaxed to (0, 1): 1 - σ((log p - log(1-p) + log u - log(1-u)) / temperature)
 * for the rate p and uniform u (Gal, Hron and Kendall 2017). What an entry depends on is as in {@link drawKeepBits}.
 */
export function drawConcrete(
  values: Float32Array,
  offset: number,
  count: number,
  rate: number,
  temperature: number,
  { words }: Key,
  row: number,
): void {
  const logit = Math.log(rate / (1 - rate));
  const keep = (word: number): number => {
    const u = openUniform(word);
    return 1 / (1 + Math.exp((logit + Math.log(u / (1 - u))) / temperature));
  };
  for (let unit = 0; unit < count; unit += 2) {
    const [even, odd] = threefry2x32(words[0], words[1], row, unit >>> 1);
    values[offset + unit] = keep(even);
    if (unit + 1 < count) values[offset + unit + 1] = keep(odd);
  }
}

/** A word as a number in (0, 1), never at its ends, where logarithms are infinite. */
export function openUniform(word: number): number {
  return (word + 0.5) / TWO_32;
}

/**
 * Numbers uniform on [low, high), with 53 random bits each. The same key gives the same numbers on every machine, and a
 * longer draw begins with the shorter one.
 * @throws OptionError for what is no key, no count or no range
 * @example
 * ```ts
 * import { key, uniform } from 'keepgate';
 *
 * const x = uniform(key(1), 3, -1, 1);
 * console.log(Array.from(x, (value) => value.toFixed(2))); // prints: [ '-0.76', '-0.09', '0.14' ]
 * ```
 */
export function uniform(key: Key, count: number, low = 0, high = 1): Float64Array {
  wordsOf('uniform', key);
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new OptionError(
      `uniform: two finite numbers were expected as low and high, the lower one first, but ${show(low)} and ${show(high)} came`,
    );
  }
  const values = roomFor('uniform', count);
  fillUniform(values, key, { low, high });
  return values;
}

/** A part of a draw: see {@link fillUniform}. */
interface Range {
  readonly low?: number;
  readonly high?: number;
  /** How many numbers of the draw come before it; 0 when left out. */
  readonly first?: number;
}

/** Words that are drawn at a time: few enough to stay in the nearest cache. */
const WORDS = 2048;

/** Fill an array with a part of what {@link uniform} draws: a long draw can be made in parts. */
export function fillUniform(values: Float64Array, { words }: Key, { low = 0, high = 1, first = 0 }: Range = {}): void {
  const drawn = new Uint32Array(Math.min(WORDS, 2 * values.length));
  for (let start = 0; start < values.length; start += WORDS / 2) {
    threefryRow(drawn, words[0], words[1], 0, first + start);
    const end = Math.min(values.length - start, WORDS / 2);
    for (let i = 0; i < end; i++) {
      const [a, b] = [drawn[2 * i] as number, drawn[2 * i + 1] as number];
      values[start + i] = low + (high - low) * (((a >>> 5) * 2 ** 26 + (b >>> 6)) / 2 ** 53);
    }
  }
}

/** @throws OptionError unless it is a whole number that this machine has memory for */
export function roomFor(who: string, count: number): Float64Array {
  expectWhole(who, 'count', count, 0, MOST_NUMBERS);
  try {
    return new Float64Array(count);
  } catch {
    throw new OptionError(`${who}: room for ${count} numbers was expected, but this machine gives none; ask for fewer`);
  }
}

/**
 * Numbers from the standard normal distribution, mean 0 and variance 1 (Box and Muller 1958). The same key gives the
 * same numbers, but for the last bits of the machine's logarithm and cosine.
 * @throws OptionError for what is no key, or no count
 * @example
 * ```ts
 * import { key, normal } from 'keepgate';
 *
 * const x = normal(key(1), 10_000);
 * const square = x.reduce((sum, value) => sum + value ** 2, 0) / x.length;
 * console.log(square.toFixed(1)); // prints: 1.0
 * ```
 */
export function normal(key: Key, count: number): Float64Array {
  wordsOf('normal', key);
  const values = roomFor('normal', count);
  fillNormal(values, key);
  return values;
}

/** Fill an array with a part of what {@link normal} draws. @param first how many numbers of the draw come before it */
export function fillNormal(values: Float64Array, key: Key, first: number = 0): void {
  const angle = new Float64Array(values.length);
  fillUniform(values, fold(key, 'radius'), { first });
  fillUniform(angle, fold(key, 'angle'), { first });
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.sqrt(-2 * Math.log(1 - (values[i] as number))) * Math.cos(2 * Math.PI * (angle[i] as number));
  }
}

/**
 * A random order of 0 .. count - 1 (Fisher and Yates).
 * @throws OptionError for what is no key, or no count
 * @example
 * ```ts
 * import { key, permutation } from 'keepgate';
 *
 * console.log(permutation(key(1), 5)); // prints: [ 2, 0, 4, 3, 1 ]
 * console.log(permutation(key(2), 5)); // prints: [ 2, 0, 3, 4, 1 ]
 * ```
 */
export function permutation(key: Key, count: number): number[] {
  expectWhole('permutation', 'count', count, 0, MOST_NUMBERS);
  wordsOf('permutation', key);
  const order = Array.from({ length: count }, (_, i) => i);
  const draws = uniform(key, count);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((draws[i] as number) * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
