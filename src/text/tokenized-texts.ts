import type { Key } from '../random/key.ts';
import { byCodePoint } from './code-point-order.ts';
import { type LabelledTexts, testPart } from './labelled.ts';
import { SeenTexts } from './seen-texts.ts';
import type { Tokenizer } from './tokenizers/tokenizer.ts';
import { UNKNOWN_ID, Vocabulary, type VocabularyOptions } from './vocabulary.ts';

/** Labelled texts as ids of a vocabulary, at the same index. */
export interface EncodedTexts {
  readonly ids: readonly Int32Array[];
  readonly labels: readonly string[];
}

/** Texts to train on and texts held out. */
export interface EncodedParts {
  /** That of the texts to train on. */
  readonly vocabulary: Vocabulary;
  /** The distinct labels in code-point order. */
  readonly classes: readonly string[];
  readonly training: EncodedTexts;
  readonly test: EncodedTexts;
}

/** What there was of texts, and what of them is not used. */
export interface TextCounts {
  /** Distinct texts. */
  readonly texts: number;
  /** Those that came again, and were left out. */
  readonly repeated: number;
  /** Those of them that came with another label than at first. */
  readonly contradicting: number;
  /** A pair of such labels, if there is one. */
  readonly contradiction: readonly [string, string] | null;
  /** Distinct texts with more tokens than are read. */
  readonly cutOff: number;
}

/** So many ids are allotted at a time. */
const SLAB = 2 ** 20;

/**
 * What training needs of texts, in place of the texts: the ids of their tokens, 4 bytes each, and no more of them than are
 * read. Texts that come again are left out, as `deduplicate` does.
 */
export class TokenizedTexts {
  readonly #tokenizer: Tokenizer;
  readonly #maxLength: number;
  /** Every token that came has an id of its own until the vocabulary is known. */
  readonly #idOf = new Map<string, number>();
  readonly #tokens: string[] = [];
  readonly #seen = new SeenTexts();
  readonly #rows: Int32Array[] = [];
  readonly #labels: string[] = [];
  /** Each label once: the others of the same letters may hold on to the text that they were cut from. */
  readonly #names = new Map<string, string>();
  /** By text, once they are parted: 1 for those held out. */
  #isTest: Uint8Array = new Uint8Array(0);
  #slab = new Int32Array(0);
  #used = 0;
  #counts = { repeated: 0, contradicting: 0, cutOff: 0 };
  #contradiction: readonly [string, string] | null = null;

  /** @param maxLength a text's tokens past this many are cut off */
  constructor(tokenizer: Tokenizer, maxLength: number) {
    this.#tokenizer = tokenizer;
    this.#maxLength = maxLength;
  }

  get counts(): TextCounts {
    return { texts: this.#rows.length, ...this.#counts, contradiction: this.#contradiction };
  }

  add({ texts, labels }: LabelledTexts): void {
    for (const [i, text] of texts.entries()) this.#add(text, labels[i] as string);
  }

  /**
   * Part the texts as `split` does, and encode both parts with the vocabulary of the training part. Nothing can be added or
   * encoded afterwards: the ids are changed in place.
   * @param fraction null for all to be trained on
   */
  encode(fraction: number | null, key: Key, options: VocabularyOptions): EncodedParts {
    const isTest = fraction === null ? new Uint8Array(this.#labels.length) : testPart(this.#labels, fraction, key);
    this.#isTest = isTest;
    const vocabulary = Vocabulary.build(this.#tokensWhere(isTest), options);
    const ids = Int32Array.from(vocabulary.encode(this.#tokens));
    for (const row of this.#rows) for (let t = 0; t < row.length; t++) row[t] = ids[row[t] as number] as number;
    const part = (wanted: number): EncodedTexts => ({
      ids: this.#rows.filter((_, i) => isTest[i] === wanted),
      labels: this.#labels.filter((_, i) => isTest[i] === wanted),
    });
    const classes = [...this.#names.keys()].sort(byCodePoint);
    return { vocabulary, classes, training: part(0), test: part(1) };
  }

  /** Whether a text of elsewhere is among those to train on. */
  isTrainedOn(text: string): boolean {
    const number = this.#seen.find(text);
    return number !== undefined && this.#isTest[number] === 0;
  }

  #add(text: string, label: string): void {
    // One more than is read tells whether any are cut off.
    const tokens = this.#tokenizer.tokenize(text, this.#maxLength + 1);
    const isCut = tokens.length > this.#maxLength;
    if (isCut) tokens.pop();
    const ids = tokens.map((token) => this.#idFor(token));
    const first = this.#seen.firstOf(text, (number) => isSame(ids, this.#rows[number] as Int32Array));
    if (first !== undefined) {
      this.#counts.repeated += 1;
      const before = this.#labels[first] as string;
      if (before === label) return;
      this.#counts.contradicting += 1;
      this.#contradiction ??= [before, detached(label)];
      return;
    }
    if (isCut) this.#counts.cutOff += 1;
    this.#rows.push(this.#kept(ids));
    this.#labels.push(this.#nameOf(label));
  }

  #idFor(token: string): number {
    const known = this.#idOf.get(token);
    if (known !== undefined) return known;
    const own = detached(token);
    this.#idOf.set(own, this.#tokens.length);
    return this.#tokens.push(own) - 1;
  }

  #nameOf(label: string): string {
    const known = this.#names.get(label);
    if (known !== undefined) return known;
    const own = detached(label);
    this.#names.set(own, own);
    return own;
  }

  /** Views of large arrays: an array of its own costs a text twice as much. */
  #kept(ids: readonly number[]): Int32Array {
    if (this.#used + ids.length > this.#slab.length) {
      this.#slab = new Int32Array(Math.max(SLAB, ids.length));
      this.#used = 0;
    }
    this.#slab.set(ids, this.#used);
    this.#used += ids.length;
    return this.#slab.subarray(this.#used - ids.length, this.#used);
  }

  *#tokensWhere(isTest: Uint8Array): Generator<string[]> {
    for (const [i, row] of this.#rows.entries()) {
      if (isTest[i] === 0) yield Array.from(row, (id) => this.#tokens[id] as string);
    }
  }
}

/** The share of the tokens that the vocabulary does not hold; 0 where there are none. */
export function unknownShare({ ids }: EncodedTexts): number {
  let tokens = 0;
  let unknown = 0;
  for (const row of ids) {
    tokens += row.length;
    for (const id of row) if (id === UNKNOWN_ID) unknown += 1;
  }
  return tokens === 0 ? 0 : unknown / tokens;
}

function isSame(a: readonly number[], b: Int32Array): boolean {
  return a.length === b.length && a.every((id, t) => id === b[t]);
}

/** The same letters in a string of their own: a part of a longer one would keep all of that in memory. */
function detached(part: string): string {
  return part.split('').join('');
}
