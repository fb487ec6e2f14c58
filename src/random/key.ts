import { readable } from '../checks.ts';
import { OptionError, show } from '../errors.ts';
import { threefry2x32 } from './threefry.ts';

/** A key of the random generator: 64 bits, passed explicitly and never changed. */
export interface Key {
  /** Whole numbers from 0 to 2^32 - 1. */
  readonly words: readonly [number, number];
}

/**
 * The key of a seed. The words are those of `jax.random.key(seed)`: the high and the low half of the seed.
 * @param seed a whole number from 0 to 2^53 - 1
 * @throws OptionError for any other seed
 * @example
 * ```ts
 * import { key } from 'keepgate';
 *
 * console.log(key(42)); // prints: { words: [ 0, 42 ] }
 * console.log(key(2 ** 32 + 7).words); // prints: [ 1, 7 ]
 * ```
 */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new OptionError(`key: a whole number from 0 to 2^53 - 1 was expected as the seed, but ${show(seed)} came`);
  }
  return { words: [Math.floor(seed / 2 ** 32), seed >>> 0] };
}

/**
 * The key of a named or numbered sub-stream. Different labels give independent streams; the parent is unchanged.
 * @param label a name such as 'dropout', or a whole number from 0 to 2^32 - 1 such as a batch number
 * @throws OptionError for what is no key, and for a number that is no such label
 * @example
 * ```ts
 * import { fold, key, uniform } from 'keepgate';
 *
 * const dropout = fold(key(1), 'dropout');
 * const [a, again, b] = [fold(dropout, 0), fold(dropout, 0), fold(dropout, 1)].map((batch) => uniform(batch, 1)[0]);
 * console.log(a === again, a === b); // prints: true false
 * ```
 */
export function fold(parent: Key, label: string | number): Key {
  const [key0, key1] = wordsOf('fold', parent);
  if (typeof label !== 'string') {
    if (!isWord(label)) {
      throw new OptionError(
        `fold: a name, or a whole number from 0 to 2^32 - 1, was expected as the label, but ${show(label)} came`,
      );
    }
    return { words: threefry2x32(key0, key1, 0, label) };
  }
  // A name is absorbed byte by byte. The first counter word is its length, never 0, so that no name
  // can meet a number; chaining through the cipher keeps names apart, which a plain hash would not promise.
  const bytes = new TextEncoder().encode(label);
  let words: readonly [number, number] = threefry2x32(key0, key1, bytes.length + 1, 0);
  for (const byte of bytes) words = threefry2x32(words[0], words[1], bytes.length + 1, byte);
  return { words };
}

/** @throws OptionError unless it is a key */
export function wordsOf(who: string, key: Key): Key['words'] {
  const words = readable(who, () => {
    const given: unknown = key?.words;
    return Array.isArray(given) && given.length === 2 ? ([given[0], given[1]] as const) : null;
  });
  if (words?.every(isWord)) return words;
  throw new OptionError(`${who}: a key was expected, but ${show(key)} came; make one with key(seed)`);
}

function isWord(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
}
