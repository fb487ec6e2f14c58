import { MOST_NUMBERS } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import { fillNormal } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';
import { PADDING_ID, SPECIAL_IDS, type Vocabulary } from '../vocabulary.ts';

/** Words longer than this are decoded as a whole. */
const SHORT = 40;

const decoder = new TextDecoder();

/** A row for each id of a vocabulary, filled as words of it are found. */
export class VectorTable {
  readonly units: number;
  /** [V,units] */
  readonly numbers: Float32Array;
  /** The words whose vectors came. */
  readonly found: Set<string> = new Set();
  /** How often a word of the vocabulary came again. */
  repeated = 0;
  readonly #tokens: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /** @throws DataError for more numbers than an array holds */
  constructor(name: string, { size }: Vocabulary, tokens: readonly string[], units: number) {
    this.units = units;
    this.numbers = roomOf(name, size, units);
    this.#tokens = tokens;
    this.#ids = new Map(tokens.map((token, i) => [token, SPECIAL_IDS + i]));
  }

  /** The row that a word's numbers go to; undefined where nobody needs them, or they are there already. */
  rowFor(
    bytes: Uint8Array,
    from: number,
    to: number,
  ): { readonly word: string; readonly row: Float32Array } | undefined {
    const word = textOf(bytes, from, to);
    const id = this.#ids.get(word);
    if (id === undefined) return undefined;
    if (this.found.has(word)) {
      this.repeated += 1;
      return undefined;
    }
    return { word, row: this.numbers.subarray(id * this.units, (id + 1) * this.units) };
  }

  /** @param where the row stands, for the message. @throws DataError for numbers that are none */
  keep(where: string, word: string, row: Float32Array): void {
    const wrong = row.findIndex((value) => !Number.isFinite(value));
    if (wrong !== -1) {
      throw new DataError(
        `${where}: finite numbers that float32 holds were expected for ${show(word)}, but number ${wrong} (from 0) is ${row[wrong]}; leave the word out, or mend it`,
      );
    }
    this.found.add(word);
  }

  /** Draw the rows of words that did not come, and of the unknown one, as large as those that came. That of padding stays 0. */
  drawOthers(key: Key): void {
    const { units, numbers } = this;
    const deviation = this.#deviation();
    const drawn = new Float64Array(units);
    const draw = (id: number, from: Key): void => {
      fillNormal(drawn, from);
      for (let k = 0; k < units; k++) numbers[id * units + k] = deviation * (drawn[k] as number);
    };
    for (let id = 0; id < SPECIAL_IDS; id++) if (id !== PADDING_ID) draw(id, fold(key, id));
    for (const [i, token] of this.#tokens.entries())
      if (!this.found.has(token)) draw(SPECIAL_IDS + i, fold(key, token));
  }

  /** The root of the mean square of the numbers that came; that of vectors of length 1 where none did. */
  #deviation(): number {
    const count = this.found.size * this.units;
    if (count === 0) return 1 / Math.sqrt(this.units);
    return Math.sqrt(this.numbers.reduce((sum, value) => sum + value * value, 0) / count);
  }
}

function roomOf(name: string, size: number, units: number): Float32Array {
  const count = size * units;
  try {
    if (count <= MOST_NUMBERS) return new Float32Array(count);
  } catch {
    // This machine has less memory than that.
  }
  throw new DataError(
    `${name}: vectors for ${size} ids were expected to fit in memory, but each has ${units} numbers; take a smaller vocabulary, or shorter vectors`,
  );
}

/** A word of UTF-8, in the composed form that tokenizers give. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  if (to - from <= SHORT) {
    // Most words are short and of ASCII: a decoder takes longer for such.
    let text = '';
    let at = from;
    for (; at < to && (bytes[at] as number) < 0x80; at++) text += String.fromCharCode(bytes[at] as number);
    if (at === to) return text;
  }
  return decoder.decode(bytes.subarray(from, to)).normalize('NFC');
}
