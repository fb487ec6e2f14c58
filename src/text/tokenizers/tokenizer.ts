import { expectBoolean, optionsOf } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import type { BpeAlphabet } from './bpe-pieces.ts';
import { madeTokenizer } from './made-tokenizer.ts';
import { wordsOf } from './word-boundaries.ts';

/**
 * Which rules find words. 2: those of this package, the same on every host. 1: Intl.Segmenter of the host, which models
 * have that were saved before there were others.
 */
export type WordRules = 1 | 2;

/** Cuts a text into tokens. All but `tokenize` is what it is saved as: see `savedTokenizer`. */
export interface Tokenizer {
  /** What a token is: a word, a character, or what it is to `kerasTokenizer`, `ngramTokenizer`, `bpeTokenizer` or `huggingFaceTokenizer`. */
  readonly level: 'word' | 'char' | 'keras' | 'ngrams' | 'bpe' | 'huggingface';
  /** Whether the text is turned to lower case first. */
  readonly lowercase: boolean;
  /** Which rules find words; characters have none. */
  readonly rules?: WordRules;
  /** Of the level of Keras: where texts are cut, and whether punctuation is taken out before. */
  readonly split?: 'whitespace' | 'character';
  readonly strip?: boolean;
  /** Of n-grams: how many words in a row they have, and how many characters of a word; null for none. */
  readonly words?: readonly [least: number, most: number] | null;
  readonly characters?: readonly [least: number, most: number] | null;
  /** Of byte pair encoding: what symbols texts begin as, and which pairs become one. */
  readonly alphabet?: BpeAlphabet;
  readonly merges?: readonly string[];
  /** What a tokenizer.json says. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** The token that stands for all that it does not know: a vocabulary has no id of its own for it. */
  readonly unknown?: string;
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

/** The options of a tokenizer of words. */
export interface WordTokenizerOptions extends TokenizerOptions {
  /** Which rules find words; 2 when left out. */
  readonly rules?: WordRules | undefined;
}

// Named, so that results do not depend on the machine: 'und' quietly falls back to the machine's own language.
const LOCALE = 'en';

let segmenter: Intl.Segmenter | undefined;

/**
 * Tokens are the words of Unicode's word boundaries (UAX 29); punctuation marks and symbols are tokens of their own,
 * white space is dropped. Where only a dictionary knows the words, as in Chinese, Japanese and Thai, each character
 * is a token: put spaces between the words of such a text if you have a dictionary. Lower case by default.
 * @throws OptionError for an option that it has not, or other rules
 * @example
 * ```ts
 * import { wordTokenizer } from 'keepgate';
 *
 * console.log(wordTokenizer().tokenize('It was a film, no more.').join(' | '));
 * // prints: it | was | a | film | , | no | more | .
 * ```
 */
export function wordTokenizer(options: WordTokenizerOptions = {}): Tokenizer {
  const { lowercase = true, rules = 2 } = optionsOf('wordTokenizer', options, { lowercase: true, rules: true });
  const cut = CUTS.get(rules);
  if (!cut) {
    throw new OptionError(
      `wordTokenizer: 1 or 2 was expected as rules, but ${show(rules)} came; a newer keepgate may have more`,
    );
  }
  expectBoolean('wordTokenizer', 'lowercase', lowercase);
  return madeTokenizer({ level: 'word', lowercase, rules }, (text, limit) => cut(unify(text, lowercase), limit));
}

const CUTS: ReadonlyMap<WordRules, (text: string, limit: number) => string[]> = new Map([
  [1, segmentsOf],
  [2, wordsOf],
]);

/** The words that the host's segmenter finds. */
function segmentsOf(text: string, limit: number): string[] {
  // Made on first use and kept: a segmenter is costly to make, and free to share.
  segmenter ??= new Intl.Segmenter(LOCALE, { granularity: 'word' });
  const tokens: string[] = [];
  // White space always ends a word; and piece by piece, since a segmenter's time grows with the square of the text.
  for (const piece of text.split(/\s+/u)) {
    for (const { segment } of segmenter.segment(piece)) {
      if (tokens.length >= limit) return tokens;
      tokens.push(segment);
    }
  }
  return tokens;
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
  expectBoolean('charTokenizer', 'lowercase', lowercase);
  return madeTokenizer({ level: 'char', lowercase }, (text, limit) => charactersOf(unify(text, lowercase), limit));
}

function charactersOf(text: string, limit: number): string[] {
  // A character has one or two UTF-16 units: no more of a long text is looked at.
  const characters = Array.from(text.slice(0, 2 * limit));
  return characters.length > limit ? characters.slice(0, limit) : characters;
}

/**
 * The tokenizer of a level, 'word' or 'char'.
 * @throws OptionError for any other level, or an option that it has not
 * @example
 * ```ts
 * import { tokenizer } from 'keepgate';
 *
 * const { level, lowercase } = tokenizer('word', { lowercase: false });
 * console.log(level, lowercase); // prints: word false
 * console.log(tokenizer('char').tokenize('Hi')); // prints: [ 'H', 'i' ]
 * ```
 */
export function tokenizer(level: string, options: WordTokenizerOptions = {}): Tokenizer {
  if (level === 'word') return wordTokenizer(options);
  if (level === 'char') return charTokenizer(options);
  throw new OptionError(`tokenizer: 'word' or 'char' was expected as the level, but ${show(level)} came`);
}

/** One spelling for texts that look the same: an accent may be part of its letter, or follow it. */
export function unify(text: string, lowercase: boolean): string {
  const composed = text.normalize('NFC');
  // Again after lower case, since some pairs have a composed form in lower case alone.
  return lowercase ? composed.toLowerCase().normalize('NFC') : composed;
}
