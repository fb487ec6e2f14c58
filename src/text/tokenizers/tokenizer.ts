import { optionsOf } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';

/** Cuts a text into tokens. The level and the case rule are all there is to store to build it again. */
export interface Tokenizer {
  /** What a token is: a word, or a character. */
  readonly level: 'word' | 'char';
  /** Whether the text is turned to lower case first. */
  readonly lowercase: boolean;
  /**
   * The tokens of a text, in order.
   * @param limit the tokens past this many are left out, and not looked for
   */
  tokenize(text: string, limit?: number): string[];
}

/** The options of a tokenizer. */
export interface TokenizerOptions {
  /** Whether the text is turned to lower case first: true for words, false for characters when left out. */
  readonly lowercase?: boolean | undefined;
}

// Named, so that results do not depend on the machine: 'und' quietly falls back to the machine's own language.
const LOCALE = 'en';

let segmenter: Intl.Segmenter | undefined;

/**
 * Tokens are the words of Unicode's word boundaries (UAX 29); punctuation marks and symbols are tokens of their own,
 * white space is dropped. Lower case by default.
 * @example
 * ```ts
 * import { wordTokenizer } from 'keepgate';
 *
 * console.log(wordTokenizer().tokenize('It was a film, no more.').join(' | '));
 * // prints: it | was | a | film | , | no | more | .
 * ```
 */
export function wordTokenizer(options: TokenizerOptions = {}): Tokenizer {
  const { lowercase = true } = optionsOf('wordTokenizer', options, { lowercase: true });
  return {
    level: 'word',
    lowercase,
    tokenize(text, limit = Number.POSITIVE_INFINITY) {
      // Made on first use and kept: a segmenter is costly to make, and free to share.
      segmenter ??= new Intl.Segmenter(LOCALE, { granularity: 'word' });
      const tokens: string[] = [];
      // White space always ends a word; and piece by piece, since a segmenter's time grows with the square of the text.
      for (const piece of unify(text, lowercase).split(/\s+/u)) {
        for (const { segment } of segmenter.segment(piece)) {
          if (tokens.length >= limit) return tokens;
          tokens.push(segment);
        }
      }
      return tokens;
    },
  };
}

/**
 * Tokens are Unicode code points, white space included; an emoji of several code points is several tokens.
 * The case is kept by default.
 * @example
 * ```ts
 * import { charTokenizer } from 'keepgate';
 *
 * console.log(charTokenizer().tokenize('So it is.', 4)); // prints: [ 'S', 'o', ' ', 'i' ]
 * ```
 */
export function charTokenizer(options: TokenizerOptions = {}): Tokenizer {
  const { lowercase = false } = optionsOf('charTokenizer', options, { lowercase: true });
  return { level: 'char', lowercase, tokenize: (text, limit) => Array.from(unify(text, lowercase)).slice(0, limit) };
}

/**
 * The tokenizer of a level, 'word' or 'char'.
 * @throws OptionError for any other level
 * @example
 * ```ts
 * import { tokenizer } from 'keepgate';
 *
 * const { level, lowercase } = tokenizer('word', { lowercase: false });
 * console.log(level, lowercase); // prints: word false
 * console.log(tokenizer('char').tokenize('Hi')); // prints: [ 'H', 'i' ]
 * ```
 */
export function tokenizer(level: string, options: TokenizerOptions = {}): Tokenizer {
  if (level === 'word') return wordTokenizer(options);
  if (level === 'char') return charTokenizer(options);
  throw new OptionError(`tokenizer: 'word' or 'char' was expected as the level, but ${show(level)} came`);
}

/** One spelling for texts that look the same: an accent may be part of its letter, or follow it. */
function unify(text: string, lowercase: boolean): string {
  const composed = text.normalize('NFC');
  // Again after lower case, since some pairs have a composed form in lower case alone.
  return lowercase ? composed.toLowerCase().normalize('NFC') : composed;
}
