import { expectBoolean, expectOneOf, optionsOf } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import { type BpeAlphabet, piecesOf } from './bpe-pieces.ts';
import { madeTokenizer } from './made-tokenizer.ts';
import { type Tokenizer, unify } from './tokenizer.ts';

/** What a tokenizer of byte pair encoding is told. */
export interface BpeTokenizerOptions {
  /** Which pairs of symbols become one, the first first, each with a space between the two: the lines of a merges.txt. */
  readonly merges: readonly string[];
  /** What symbols a text begins as: the bytes of its UTF-8, the default, or its characters. */
  readonly alphabet?: BpeAlphabet | undefined;
  /** Lower case first; false when left out. */
  readonly lowercase?: boolean | undefined;
}

/** So many pieces are remembered, with what they became: most of a text is the same words. */
const REMEMBERED = 2 ** 14;

/**
 * Tokens are parts of words, as byte pair encoding joins them (Sennrich et al. 2016, over bytes Radford et al. 2019): of rare words many, of frequent
 * ones one. With bytes nothing is lost of a text; with characters white space is, and a space in front of a word is `▁`.
 * @throws OptionError for an option that it has not, and merges that are none
 * @example
 * ```ts
 * import { bpeTokenizer } from 'keepgate';
 *
 * const { tokenize } = bpeTokenizer({ merges: ['▁ l', 'o w', '▁l ow', 'e r'], alphabet: 'characters' });
 * console.log(tokenize('low lower slow').join(' ')); // prints: ▁low ▁low er ▁ s l ow
 * ```
 */
export function bpeTokenizer(options: BpeTokenizerOptions): Tokenizer {
  const who = 'bpeTokenizer';
  const known = { merges: true, alphabet: true, lowercase: true } as const;
  const { merges, alphabet = 'bytes', lowercase = false } = optionsOf(who, options, known);
  expectOneOf(who, 'alphabet', alphabet, ['bytes', 'characters']);
  expectBoolean(who, 'lowercase', lowercase);
  const ranks = ranksOf(who, merges);
  const remembered = new Map<string, readonly string[]>();
  const tokensOf = (symbols: string[]): readonly string[] => {
    const piece = symbols.join('');
    const known = remembered.get(piece);
    if (known) return known;
    const tokens = joined(symbols, ranks);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(piece, tokens);
    return tokens;
  };
  return madeTokenizer({ level: 'bpe', lowercase, alphabet, merges: Object.freeze([...merges]) }, (text, limit) => {
    const tokens: string[] = [];
    for (const symbols of piecesOf(unify(text, lowercase), alphabet)) {
      if (tokens.length >= limit) break;
      for (const token of tokensOf(symbols)) tokens.push(token);
    }
    return tokens.slice(0, limit);
  });
}

/** When a pair is joined: by what stands on its left and on its right. */
type Ranks = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** @throws OptionError unless each is two symbols, and no pair comes twice */
function ranksOf(who: string, merges: unknown): Ranks {
  if (!Array.isArray(merges))
    throw new OptionError(`${who}: a list of pairs was expected as merges, but ${show(merges)} came`);
  const ranks = new Map<string, Map<string, number>>();
  for (const [rank, merge] of merges.entries()) {
    const [left = '', right = '', ...more] = typeof merge === 'string' ? merge.split(' ') : [];
    const after = ranks.get(left) ?? new Map<string, number>();
    if (left === '' || right === '' || more.length > 0 || after.has(right)) {
      throw new OptionError(
        `${who}: two symbols with a space between, and each pair once, were expected as merge ${rank} (from 0), but ${show(merge)} came; leave comments out`,
      );
    }
    ranks.set(left, after.set(right, rank));
  }
  return ranks;
}

/** The symbols, joined pair by pair in the order of the ranks. */
function joined(symbols: readonly string[], ranks: Ranks): readonly string[] {
  let parts = [...symbols];
  for (;;) {
    let [best, left, right] = [Number.POSITIVE_INFINITY, '', ''];
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(parts[i] as string)?.get(parts[i + 1] as string);
      if (rank !== undefined && rank < best) [best, left, right] = [rank, parts[i] as string, parts[i + 1] as string];
    }
    if (best === Number.POSITIVE_INFINITY) return parts;
    parts = withPair(parts, left, right);
  }
}

/** The same parts, of which each such pair is one. */
export function withPair(parts: readonly string[], left: string, right: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    const isPair = parts[i] === left && parts[i + 1] === right;
    found.push(isPair ? left + right : (parts[i] as string));
    if (isPair) i += 1;
  }
  return found;
}
