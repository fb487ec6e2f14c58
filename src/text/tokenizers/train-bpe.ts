import { expectBoolean, expectOneOf, expectWhole, optionsOf, readable } from '../../checks.ts';
import { GiveWay, type StopSignal } from '../../engines/give-way.ts';
import { DataError, show } from '../../errors.ts';
import { byCodePoint } from '../code-point-order.ts';
import { type BpeAlphabet, piecesOf } from './bpe-pieces.ts';
import { bpeTokenizer, withPair } from './bpe-tokenizer.ts';
import { type Tokenizer, unify } from './tokenizer.ts';

/** What `trainBpe` is told. */
export interface TrainBpeOptions {
  /** How many tokens there are at most: the symbols that texts begin as, and one more for each pair that is joined. */
  readonly size: number;
  /** What symbols a text begins as: the bytes of its UTF-8, the default, or its characters. */
  readonly alphabet?: BpeAlphabet | undefined;
  /** Lower case first; false when left out. */
  readonly lowercase?: boolean | undefined;
  /** How often a pair must occur to be joined; twice when left out. */
  readonly minCount?: number | undefined;
  /** Ends the training, with an AbortError. */
  readonly signal?: StopSignal | undefined;
}

/**
 * A tokenizer of byte pair encoding, trained on texts: the pair of symbols that occurs most often becomes one symbol, again and again
 * (Sennrich et al. 2016). Of pairs that occur as often the first by code points is taken, so that the same texts give the same
 * tokens on every machine.
 * @throws DataError for what is no texts; OptionError for an option that is not what it can be; AbortError when the signal says so
 * @example
 * ```ts
 * import { trainBpe } from 'keepgate';
 *
 * const { tokenize, merges } = await trainBpe(['low lower lowest', 'slow slower'], { size: 14, alphabet: 'characters' });
 * console.log(merges?.join(', ')); // prints: l o, lo w, low e, lowe r, ▁ s
 * console.log(tokenize('slowest').join(' ')); // prints: ▁s lowe s t
 * ```
 */
export async function trainBpe(texts: Iterable<string>, options: TrainBpeOptions): Promise<Tokenizer> {
  const who = 'trainBpe';
  const known = { size: true, alphabet: true, lowercase: true, minCount: true, signal: true } as const;
  const { size, alphabet = 'bytes', lowercase = false, minCount = 2, signal } = optionsOf(who, options, known);
  expectWhole(who, 'size', size, 1);
  expectOneOf(who, 'alphabet', alphabet, ['bytes', 'characters']);
  expectBoolean(who, 'lowercase', lowercase);
  expectWhole(who, 'minCount', minCount, 1);
  const giveWay = new GiveWay(who, signal);
  const pieces = await countedPieces(who, texts, { alphabet, lowercase }, giveWay);
  const pairs = new PairCounts(pieces);
  const alphabetSize = new Set(pieces.flatMap(({ symbols }) => symbols)).size;
  const merges: string[] = [];
  while (alphabetSize + merges.length < size) {
    await giveWay.turn();
    const pair = pairs.takeMostFrequent(minCount);
    if (!pair) break;
    merges.push(`${pair.left} ${pair.right}`);
  }
  return bpeTokenizer({ merges, alphabet, lowercase });
}

/** A piece that occurs in the texts. */
interface Piece {
  symbols: string[];
  count: number;
}

async function countedPieces(
  who: string,
  texts: Iterable<unknown>,
  { alphabet, lowercase }: { readonly alphabet: BpeAlphabet; readonly lowercase: boolean },
  giveWay: GiveWay,
): Promise<Piece[]> {
  if (!readable(who, () => typeof Object(texts)[Symbol.iterator] === 'function' && typeof texts === 'object'))
    throw new DataError(`${who}: a list of texts was expected, but ${show(texts)} came; pass [text] for a single one`);
  const pieces = new Map<string, Piece>();
  for (const text of texts) {
    if (typeof text !== 'string') throw new DataError(`${who}: strings were expected as texts, but ${show(text)} came`);
    await giveWay.turn();
    for (const symbols of piecesOf(unify(text, lowercase), alphabet)) {
      const name = symbols.join('');
      const known = pieces.get(name);
      if (known) known.count += 1;
      else pieces.set(name, { symbols, count: 1 });
    }
  }
  return [...pieces.values()];
}

/** Two symbols, one behind the other. */
interface Pair {
  readonly left: string;
  readonly right: string;
  count: number;
  /** Pieces that have it, or had it. */
  readonly pieces: Set<Piece>;
}

/** How often each pair of symbols occurs in pieces that change. */
class PairCounts {
  readonly #pairs = new Map<string, Map<string, Pair>>();
  /** A heap: what is above is more frequent, by the counts that were true when they were put in. */
  readonly #heap: { readonly pair: Pair; readonly count: number }[] = [];

  constructor(pieces: readonly Piece[]) {
    const touched = new Set<Pair>();
    for (const piece of pieces) this.#add(piece, 1, touched);
    for (const pair of touched) this.#push(pair);
  }

  /** The pair that occurs most often, which is one symbol from now on; undefined where none occurs so often. */
  takeMostFrequent(minCount: number): Pair | undefined {
    for (let top = this.#pop(); top; top = this.#pop()) {
      const { pair, count } = top;
      // One whose count has changed was put in again with the count that it has now.
      if (count !== pair.count) continue;
      if (count < minCount) return undefined;
      this.#join(pair);
      return pair;
    }
    return undefined;
  }

  #join(pair: Pair): void {
    const touched = new Set<Pair>();
    for (const piece of pair.pieces) {
      const after = withPair(piece.symbols, pair.left, pair.right);
      if (after.length === piece.symbols.length) continue;
      this.#add(piece, -1, touched);
      piece.symbols = after;
      this.#add(piece, 1, touched);
    }
    pair.pieces.clear();
    for (const one of touched) this.#push(one);
  }

  /** Count the pairs of a piece in, or out. */
  #add(piece: Piece, sign: 1 | -1, touched: Set<Pair>): void {
    const { symbols, count } = piece;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const pair = this.#pairOf(symbols[i] as string, symbols[i + 1] as string);
      pair.count += sign * count;
      if (sign === 1) pair.pieces.add(piece);
      touched.add(pair);
    }
  }

  #pairOf(left: string, right: string): Pair {
    const after = this.#pairs.get(left) ?? new Map<string, Pair>();
    const known = after.get(right);
    if (known) return known;
    const pair: Pair = { left, right, count: 0, pieces: new Set() };
    this.#pairs.set(left, after.set(right, pair));
    return pair;
  }

  #push(pair: Pair): void {
    if (pair.count === 0) return;
    const heap = this.#heap;
    let at = heap.push({ pair, count: pair.count }) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(at, above)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  #pop(): { readonly pair: Pair; readonly count: number } | undefined {
    const heap = this.#heap;
    if (heap.length > 1) this.#swap(0, heap.length - 1);
    const top = heap.pop();
    for (let at = 0; ; ) {
      let first = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < heap.length && this.#isBefore(below, first)) first = below;
      if (first === at) return top;
      this.#swap(at, first);
      at = first;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]] as [
      { pair: Pair; count: number },
      { pair: Pair; count: number },
    ];
    if (one.count !== other.count) return one.count > other.count;
    return (byCodePoint(one.pair.left, other.pair.left) || byCodePoint(one.pair.right, other.pair.right)) < 0;
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap as { pair: Pair; count: number }[];
    [heap[a], heap[b]] = [heap[b] as { pair: Pair; count: number }, heap[a] as { pair: Pair; count: number }];
  }
}
