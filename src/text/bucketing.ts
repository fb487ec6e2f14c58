import { expectNumbers, expectWhole } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import { permutation } from '../random/draws.ts';
import { fold, type Key } from '../random/key.ts';
import { isNumbers } from '../tensor/typed-arrays.ts';

/** How many batches are sorted together: more mean less padding, fewer mean a more random company in each batch. */
const BATCHES_PER_POOL = 16;

/**
 * Batches of indices of similar length, each index once, in a random order that the key alone decides.
 *
 * A batch is as long as its longest sequence, and the padding of the others is wasted work. Sorting everything would
 * waste the least, but then the same sequences meet in every epoch, short ones first. So the indices are shuffled,
 * sorted within pools of some batches, and the batches are shuffled again: little padding, and still a random order.
 * @param lengths the length of each sequence
 * @throws DataError unless the lengths are a list or a typed array
 * @throws OptionError unless the batch size is a whole number from 1
 * @example
 * ```ts
 * import { key, lengthBuckets } from 'keepgate';
 *
 * console.log(lengthBuckets([3, 90, 4, 80], 2, key(1))); // prints: [ [ 0, 2 ], [ 3, 1 ] ]
 * ```
 */
export function lengthBuckets(lengths: ArrayLike<number>, batchSize: number, key: Key): number[][] {
  expectWhole('lengthBuckets', 'the batch size', batchSize, 1);
  if (!Array.isArray(lengths) && !isNumbers(lengths))
    throw new DataError(`lengthBuckets: a list of lengths was expected, but ${show(lengths)} came`);
  expectNumbers('lengthBuckets', 'lengths', lengths);
  const order = permutation(fold(key, 'examples'), lengths.length);
  const lengthOf = (index: number): number => lengths[index] as number;
  const batches = chunks(order, batchSize * BATCHES_PER_POOL)
    .map((pool) => pool.sort((a, b) => lengthOf(a) - lengthOf(b)))
    .flatMap((pool) => chunks(pool, batchSize));
  return permutation(fold(key, 'batches'), batches.length).map((i) => batches[i] as number[]);
}

/** Batches of 0 .. count - 1 as they stand, for predictions, where the order must be that of the data. */
export function inOrder(count: number, batchSize: number): number[][] {
  expectWhole('inOrder', 'the count', count, 0);
  expectWhole('inOrder', 'the batch size', batchSize, 1);
  return chunks(
    Array.from({ length: count }, (_, i) => i),
    batchSize,
  );
}

/** Consecutive pieces of a size; the last one may be smaller. */
export function chunks(indices: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(indices.length / size) }, (_, i) => indices.slice(i * size, (i + 1) * size));
}
