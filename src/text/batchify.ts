import { expectWhole, optionsOf } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import { isNumbers } from '../tensor/typed-arrays.ts';

/** What `batchify` is told. */
export interface BatchifyOptions {
  /** How many rows the stream is cut into: the batch size of the training. */
  readonly rows: number;
}

/** Rows of token ids, and of each token the one that follows it. */
export interface LanguageModelRows {
  readonly x: readonly Int32Array[];
  readonly y: readonly Int32Array[];
}

/**
 * One long stream of token ids as rows of equal length, to learn from each token which one follows: the batches of language
 * models (`batchify` of PyTorch's examples). With `batchSize: rows` and `bptt`, `fit` goes through all rows side by side,
 * chunk by chunk. What is left at the end of the stream is left out.
 * @throws DataError when the stream is no list of ids, or too short for a token and its next in each row
 * @throws OptionError unless rows is a whole number from 1
 * @example
 * ```ts
 * import { batchify } from 'keepgate';
 *
 * const { x, y } = batchify([3, 1, 4, 1, 5, 9, 2, 6], { rows: 2 });
 * console.log(x.map((row) => [...row])); // prints: [ [ 3, 1, 4 ], [ 1, 5, 9 ] ]
 * console.log(y.map((row) => [...row])); // prints: [ [ 1, 4, 1 ], [ 5, 9, 2 ] ]
 * ```
 */
export function batchify(ids: ArrayLike<number>, options: BatchifyOptions): LanguageModelRows {
  const { rows } = optionsOf('batchify', options, { rows: true });
  expectWhole('batchify', 'rows', rows, 1);
  if (!Array.isArray(ids) && !isNumbers(ids))
    throw new DataError(`batchify: a list of token ids was expected, but ${show(ids)} came; pass all of them in one`);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < 2 ** 31) continue;
    throw new DataError(
      `batchify: token ids, whole numbers from 0 to 2^31 - 1, were expected, but ${show(id)} came at place ${i}; encode tokens with a vocabulary`,
    );
  }
  // The last token of the last row needs one that follows it.
  const length = Math.floor((ids.length - 1) / rows);
  if (length < 1) {
    throw new DataError(
      `batchify: at least ${rows + 1} token ids were expected for ${rows} rows, but ${ids.length} came; take fewer rows`,
    );
  }
  const from = (first: number): Int32Array[] =>
    Array.from({ length: rows }, (_, row) =>
      Int32Array.from({ length }, (_, t) => ids[first + row * length + t] as number),
    );
  return { x: from(0), y: from(1) };
}
