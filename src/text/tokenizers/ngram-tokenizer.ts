import { expectBoolean, optionsOf } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import { madeTokenizer } from './made-tokenizer.ts';
import { type Tokenizer, type WordTokenizerOptions, wordTokenizer } from './tokenizer.ts';

/** The least and the most that belong to one n-gram. */
export type NgramRange = readonly [least: number, most: number];

/** What an n-gram tokenizer is told, besides how words are found. */
export interface NgramTokenizerOptions extends WordTokenizerOptions {
  /** How many words in a row make a token; null for none. [1, 2] when left out. */
  readonly words?: NgramRange | null | undefined;
  /** How many characters in a row of a word, its ends among them, make a token; null, the default, for none. */
  readonly characters?: NgramRange | null | undefined;
}

/** Longer n-grams hardly come twice. */
const LONGEST = 20;

/**
 * Tokens are words in a row, with a space between, and runs of characters of each word, as fastText has them: with `<` and `>` for its
 * ends, and `#` in front, so that none is taken for a word. Behind each word come the n-grams that end with it, the shorter first, and
 * then its characters'. A model of all of them together has a `pooling`, as their order says little: `embedding`, `pooling`, `dense`.
 * @throws OptionError for an option that it has not, a range that is none, or neither words nor characters
 * @example
 * ```ts
 * import { ngramTokenizer } from 'keepgate';
 *
 * console.log(ngramTokenizer({ words: [1, 2] }).tokenize('So it is')); // prints: [ 'so', 'it', 'so it', 'is', 'it is' ]
 * console.log(ngramTokenizer({ words: [1, 1], characters: [3, 3] }).tokenize('warm').join(' '));
 * // prints: warm #<wa #war #arm #rm>
 * ```
 */
export function ngramTokenizer(options: NgramTokenizerOptions = {}): Tokenizer {
  const who = 'ngramTokenizer';
  const known = { lowercase: true, rules: true, words: true, characters: true } as const;
  const { lowercase = true, rules, words = [1, 2], characters = null } = optionsOf(who, options, known);
  expectBoolean(who, 'lowercase', lowercase);
  const ranges = { words: rangeOf(who, 'words', words), characters: rangeOf(who, 'characters', characters) };
  if (ranges.words === null && ranges.characters === null)
    throw new OptionError(`${who}: words or characters were expected, but neither came; give a range, such as [1, 2]`);
  const cut = wordTokenizer({ lowercase, rules });
  // Each word ends one token at least, but for the first of longer n-grams; characters may make none of a word.
  const needed = (limit: number): number =>
    ranges.words === null ? Number.POSITIVE_INFINITY : limit + ranges.words[0];
  return madeTokenizer({ level: 'ngrams', lowercase, rules: cut.rules as 1 | 2, ...ranges }, (text, limit) => {
    const found: string[] = [];
    const all = cut.tokenize(text, needed(limit));
    for (let end = 1; end <= all.length && found.length < limit; end++) {
      if (ranges.words) {
        const [least, most] = ranges.words;
        for (let n = least; n <= Math.min(most, end); n++) found.push(all.slice(end - n, end).join(' '));
      }
      if (ranges.characters) pushCharacters(found, all[end - 1] as string, ranges.characters);
    }
    return found.slice(0, limit);
  });
}

function pushCharacters(found: string[], word: string, [least, most]: NgramRange): void {
  const characters = ['<', ...word, '>'];
  for (let n = least; n <= Math.min(most, characters.length); n++)
    for (let from = 0; from + n <= characters.length; from++)
      found.push(`#${characters.slice(from, from + n).join('')}`);
}

/** @throws OptionError unless it is null or a range */
function rangeOf(who: string, name: string, range: unknown): NgramRange | null {
  if (range === null) return null;
  const [least, most] = Array.isArray(range) && range.length === 2 ? range : [];
  const isOne = [least, most].every((n) => Number.isInteger(n) && n >= 1 && n <= LONGEST) && least <= most;
  if (isOne) return [least, most];
  throw new OptionError(
    `${who}: two whole numbers from 1 to ${LONGEST}, the lower one first, or null were expected as ${name}, but ${show(range)} came`,
  );
}
