import { expectWhole, optionsOf, partsOf, readable } from '../checks.ts';
import { DataError, OptionError, show } from '../errors.ts';
import { isNumbers } from '../tensor/typed-arrays.ts';
import { byCodePoint } from './code-point-order.ts';
import { expectStrings } from './labelled.ts';

/** The id that fills up the short sequences of a batch. */
export const PADDING_ID = 0;

/** The id of every token that the vocabulary does not hold. */
export const UNKNOWN_ID = 1;

/** How the ids without a token of their own are written when they are decoded. */
const SPECIAL = ['<pad>', '<unk>'];

/** How many ids have no token of their own: the first token has this one. */
export const SPECIAL_IDS: number = SPECIAL.length;

/** What limits a vocabulary. */
export interface VocabularyOptions {
  /** The most ids, the two special ones included (default: no limit). The rarest tokens go first. */
  readonly maxSize?: number | undefined;
  /** How often a token must occur to be kept (default 1). */
  readonly minCount?: number | undefined;
}

/**
 * The ids of tokens: 0 is padding, 1 is every token that it does not hold, then come its tokens from the most frequent
 * one on.
 * @example
 * ```ts
 * import { Vocabulary } from 'keepgate';
 *
 * const vocabulary = Vocabulary.build([['a', 'warm', 'film'], ['a', 'dull', 'film', 'a']], { minCount: 2 });
 * console.log(vocabulary.size, vocabulary.encode(['a', 'film', 'dull'])); // prints: 4 [ 2, 3, 1 ]
 * console.log(vocabulary.decode([2, 1, 0])); // prints: [ 'a', '<unk>', '<pad>' ]
 * console.log(JSON.stringify(vocabulary)); // prints: ["a","film"]
 * ```
 */
export class Vocabulary {
  /** How many ids there are, the two special ones included. */
  readonly size: number;
  /** The tokens from id 2 on. */
  readonly #tokens: readonly string[];
  // A map, not an object: a token may be called `constructor` or `__proto__`.
  readonly #ids: ReadonlyMap<string, number>;

  private constructor(tokens: unknown) {
    this.#ids = idsOf(tokens);
    this.#tokens = [...this.#ids.keys()];
    this.size = SPECIAL.length + this.#tokens.length;
  }

  /**
   * The vocabulary of tokenized texts. Equally frequent tokens stand in code-point order: the same data, the same ids.
   * @throws OptionError unless maxSize is a whole number from 3, and minCount from 1
   * @throws DataError for what is no list of tokens
   */
  static build(lists: Iterable<readonly string[]>, options: VocabularyOptions = {}): Vocabulary {
    const { maxSize, minCount = 1 } = optionsOf('vocabulary', options, { maxSize: true, minCount: true });
    if (maxSize !== undefined) expectWhole('vocabulary', 'maxSize', maxSize, SPECIAL.length + 1);
    expectWhole('vocabulary', 'minCount', minCount, 1);
    const counts = new Map<string, number>();
    for (const tokens of expectLists(lists)) {
      expectStrings('vocabulary', 'tokens', tokens);
      for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    }
    const kept = [...counts]
      .filter(([, count]) => count >= minCount)
      .sort(([a, countA], [b, countB]) => countB - countA || byCodePoint(a, b))
      .slice(0, maxSize === undefined ? undefined : maxSize - SPECIAL.length);
    return new Vocabulary(kept.map(([token]) => token));
  }

  /**
   * The vocabulary that {@link toJSON} gave.
   * @throws DataError unless the value is an array of distinct strings
   */
  static fromJSON(value: unknown): Vocabulary {
    return new Vocabulary(value);
  }

  /** The ids of tokens: 1 for those that it does not hold. @throws DataError for what is no list of strings */
  encode(tokens: readonly string[]): number[] {
    expectStrings('vocabulary', 'tokens', tokens);
    return tokens.map((token) => this.#ids.get(token) ?? UNKNOWN_ID);
  }

  /**
   * The tokens of ids; padding and unknown tokens come back as `<pad>` and `<unk>`.
   * @throws DataError for a number that is no id of this vocabulary
   */
  decode(ids: ArrayLike<number>): string[] {
    if (!Array.isArray(ids) && !isNumbers(ids))
      throw new DataError(`vocabulary: a list of ids was expected, but ${show(ids)} came; pass [id] for a single one`);
    return Array.from(ids, (id) => {
      const token = typeof id === 'number' ? (SPECIAL[id] ?? this.#tokens[id - SPECIAL.length]) : undefined;
      if (token === undefined) {
        throw new DataError(
          `vocabulary: ids from 0 to ${this.size - 1} were expected, but ${show(id)} came; decode with the vocabulary that encoded`,
        );
      }
      return token;
    });
  }

  /** The tokens from id 2 on: what {@link fromJSON} takes. */
  toJSON(): string[] {
    return [...this.#tokens];
  }
}

/** The tokens from id 2 on. @throws OptionError unless it is a vocabulary with some, of any copy of this package */
export function tokensOf(who: string, vocabulary: Vocabulary): readonly string[] {
  const { toJSON, size } = partsOf<Vocabulary>(who, vocabulary, 'toJSON', 'size');
  const tokens = typeof toJSON === 'function' && typeof size === 'number' ? vocabulary.toJSON() : [];
  if (Array.isArray(tokens) && tokens.length > 0) return tokens;
  throw new OptionError(
    `${who}: a vocabulary with tokens in it was expected, but ${show(vocabulary)} came; make it by Vocabulary.build`,
  );
}

/** @throws DataError for a single text, and what else is no lists */
function expectLists(lists: Iterable<unknown>): Iterable<unknown> {
  const isIterable = readable(
    'vocabulary',
    () => typeof lists === 'object' && typeof lists?.[Symbol.iterator] === 'function',
  );
  if (isIterable) return lists;
  throw new DataError(
    `vocabulary: lists of tokens were expected, one a text, but ${show(lists)} came; pass [tokens] for a single one`,
  );
}

/** @throws DataError unless it is an array of distinct strings */
function idsOf(value: unknown): Map<string, number> {
  if (!Array.isArray(value)) throw broken(`an array of tokens was expected, but ${show(value)} came`);
  const ids = new Map<string, number>();
  for (const [i, token] of value.entries()) {
    if (typeof token !== 'string') throw broken(`a string was expected at index ${i}, but ${show(token)} came`);
    if (ids.has(token)) throw broken(`distinct tokens were expected, but index ${i} repeats ${show(token)}`);
    ids.set(token, SPECIAL.length + i);
  }
  return ids;
}

function broken(problem: string): DataError {
  return new DataError(`vocabulary: ${problem}; give what toJSON gave`);
}
