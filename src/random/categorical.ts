import { expectNumbers, expectPositive, optionsOf } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import { uniform } from './draws.ts';
import { type Key, wordsOf } from './key.ts';

/** What `categorical` can be told. */
export interface CategoricalOptions {
  /** Less than 1 prefers what is likely, more than 1 what is not: p is p^(1/temperature). 1 when left out. */
  readonly temperature?: number;
}

/**
 * Draw an index by its probability, such as the next token of a language model.
 * @param probabilities numbers from 0, which need not add up to 1
 * @throws OptionError for what is no key or no list of numbers, and a temperature that is not above 0; DataError for a
 *   number that is no probability, and where all are 0
 * @example
 * ```ts
 * import { categorical, fold, key } from 'keepgate';
 *
 * const drawn = Array.from({ length: 1000 }, (_, i) => categorical(fold(key(1), i), [0.2, 0, 0.8]));
 * console.log(drawn.slice(0, 6), drawn.filter((index) => index === 2).length); // prints: [ 2, 2, 2, 2, 0, 0 ] 792
 * console.log(categorical(key(1), [0.2, 0, 0.8], { temperature: 0.01 })); // prints: 2
 * ```
 */
export function categorical(key: Key, probabilities: ArrayLike<number>, options: CategoricalOptions = {}): number {
  const who = 'categorical';
  wordsOf(who, key);
  const { temperature = 1 } = optionsOf(who, options, { temperature: true });
  expectPositive(who, 'temperature', temperature);
  expectNumbers(who, 'probabilities', probabilities);
  const given = Array.from(probabilities);
  const stray = given.findIndex((p) => !(p >= 0 && p < Number.POSITIVE_INFINITY));
  if (stray >= 0) {
    throw new DataError(
      `${who}: finite numbers from 0 were expected as probabilities, but ${show(given[stray])} came at index ${stray}`,
    );
  }
  const largest = given.reduce((a, b) => Math.max(a, b), 0);
  if (largest === 0)
    throw new DataError(`${who}: a probability above 0 was expected, but ${show(given)} came; leave one to draw`);
  // Of the likeliest 1, whatever the temperature, so that they cannot all vanish.
  const weights = given.map((p) => Math.exp(Math.log(p / largest) / temperature));
  let left = (uniform(key, 1)[0] as number) * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  // Rounding alone leads here.
  return weights.findLastIndex((weight) => weight > 0);
}
