import { optionsOf } from '../../checks.ts';
import { GiveWay, type StopSignal } from '../../engines/give-way.ts';
import { type Key, wordsOf } from '../../random/key.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { tokensOf, type Vocabulary } from '../vocabulary.ts';
import { ByteWindow } from './byte-window.ts';
import { inputOf, type VectorsSource } from './vector-bytes.ts';
import { formOf } from './vector-form.ts';
import { readBinaryRows, readTextRows } from './vector-rows.ts';
import { VectorTable } from './vector-table.ts';

/** What `readVectors` is told. */
export interface ReadVectorsOptions {
  /** The words that vectors are wanted for: of the texts to train on, and no others, as of any vocabulary. */
  readonly vocabulary: Vocabulary;
  /** Draws the rows of words that are not in the file, as large as those that are, and of unknown words; all are 0 when left out. */
  readonly key?: Key;
  /** Ends the reading, with an AbortError. */
  readonly signal?: StopSignal;
}

/** Vectors of a file for the words of a vocabulary. */
export interface PretrainedVectors {
  /** That of which they are. */
  readonly vocabulary: Vocabulary;
  /** How many numbers a vector has. */
  readonly units: number;
  /** A row for each id, [V,units], in float32: what `embedding` takes. That of padding is 0. */
  readonly weights: Tensor;
  /** The words of the vocabulary that the file has. */
  readonly found: ReadonlySet<string>;
  /** Their share of the words of the vocabulary. */
  readonly coverage: number;
  /** What is odd, a line each. */
  readonly warnings: readonly string[];
}

/**
 * Vectors of words that others trained, for the words of a vocabulary: of GloVe (`.txt`), fastText (`.vec`) or word2vec (`.bin`, and its text
 * form), as they are or packed by gzip, told apart by their bytes. The file is read once, piece by piece, and only the rows of the
 * vocabulary are kept. Words are looked for as they stand, in their composed form; of words that come again the first is kept.
 * @throws DataError for what cannot be read, a file of another kind, rows of different lengths, one that is cut off, and numbers that
 *   are not finite in a row that is kept
 * @throws OptionError for an option that is not what it can be; AbortError when the signal says so
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { embedding, frozen, key, readVectors, Vocabulary } from 'keepgate';
 *
 * await writeFile('vectors.txt', 'film 0.1 -0.3\nof 0.2 0.2\nwarm 0.7 0.5\n');
 * const vocabulary = Vocabulary.build([['a', 'warm', 'film']]);
 * const { weights, units, found, coverage } = await readVectors('vectors.txt', { vocabulary, key: key(1) });
 * console.log([...found], coverage.toFixed(2), weights.shape); // prints: [ 'film', 'warm' ] 0.67 [ 5, 2 ]
 * console.log(weights.at(3, 1).toFixed(1)); // prints: -0.3
 * const words = frozen(embedding({ vocabulary: vocabulary.size, units, weights }));
 * console.log(words.config.type); // prints: frozen
 * ```
 */
export async function readVectors(source: VectorsSource, options: ReadVectorsOptions): Promise<PretrainedVectors> {
  const who = 'readVectors';
  const { vocabulary, key, signal } = optionsOf(who, options, { vocabulary: true, key: true, signal: true });
  const tokens = tokensOf(who, vocabulary);
  if (key !== undefined) wordsOf(who, key);
  const { name, bytes } = inputOf(who, source);
  const window = new ByteWindow(bytes, new GiveWay(who, signal));
  try {
    const form = await formOf(name, window);
    const table = new VectorTable(name, vocabulary, tokens, form.units);
    await (form.kind === 'text' ? readTextRows : readBinaryRows)(name, window, form, table);
    const { found, repeated, units, numbers } = table;
    if (key !== undefined) table.drawOthers(key);
    return {
      vocabulary,
      units,
      weights: new Tensor(numbers, [vocabulary.size, units]),
      found,
      coverage: found.size / tokens.length,
      warnings: warningsOf(name, found.size, tokens.length, repeated),
    };
  } finally {
    await window.close();
  }
}

function warningsOf(name: string, found: number, tokens: number, repeated: number): string[] {
  return [
    ...(found > 0
      ? []
      : [
          `${name}: none of the ${tokens} words of the vocabulary is among its words; check language, case and tokenizer`,
        ]),
    ...(repeated === 0
      ? []
      : [`${name}: ${repeated} rows are of words of the vocabulary that came before; the first of each was kept`]),
  ];
}
