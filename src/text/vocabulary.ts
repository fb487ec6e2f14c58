import { expectWhole } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import { byCodePoint } from './code-point-order.ts';

/** The id that fills up the short sequences of a batch. */
export const PADDING_ID = 0;

/** The id of every token that the vocabulary does not hold. */
export const UNKNOWN_ID = 1;

/** How the ids without a token of their own are written when they are decoded. */
const SPECIAL = ['<pad>', '<unk>'];

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

  private constructor(tokens: readonly string[]) {
    this.size = SPECIAL.length + tokens.length;
    this.#tokens = tokens;
    this.#ids = new Map(tokens.map((token, i) => [token, SPECIAL.length + i]));
  }

  /**
   * The vocabulary of tokenized texts. Equally frequent tokens stand in code-point order: the same data, the same ids.
   * @throws OptionError unless maxSize is a whole number from 3, and minCount from 1
   */
  static build(lists: Iterable<readonly string[]>, { maxSize, minCount = 1 }: VocabularyOptions = {}): Vocabulary {
    if (maxSize !== undefined) expectWhole('vocabulary', 'maxSize', maxSize, SPECIAL.length + 1);
    expectWhole('vocabulary', 'minCount', minCount, 1);
    const counts = new Map<string, number>();
    for (const tokens of lists) {
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
    if (!Array.isArray(value)) {
      throw broken(`an array of tokens was expected, but a value of type ${typeof value} came`);
    }
    const tokens = new Set<string>();
    for (const [i, token] of value.entries()) {
      if (typeof token !== 'string')
        throw broken(`a string was expected at index ${i}, but a value of type ${typeof token} came`);
      if (tokens.has(token)) throw broken(`distinct tokens were expected, but index ${i} repeats ${show(token)}`);
      tokens.add(token);
    }
    return new Vocabulary([...tokens]);
  }

  /** The ids of tokens: 1 for those that it does not hold. */
  encode(tokens: readonly string[]): number[] {
    return tokens.map((token) => this.#ids.get(token) ?? UNKNOWN_ID);
  }

  /**
   * The tokens of ids; padding and unknown tokens come back as `<pad>` and `<unk>`.
   * @throws DataError for a number that is no id of this vocabulary
   */
  decode(ids: readonly number[]): string[] {
    return ids.map((id) => {
      const token = SPECIAL[id] ?? this.#tokens[id - SPECIAL.length];
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

function broken(problem: string): DataError {
  return new DataError(`vocabulary: ${problem}; give what toJSON gave`);
}
