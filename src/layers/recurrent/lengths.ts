import { DataError, ShapeError, show } from '../../errors.ts';

/**
 * The lengths of a batch, checked.
 * @throws ShapeError unless there is one for each sample, none above T
 * @throws DataError unless each is a whole number of at least 0
 */
export function checkLengths(who: string, lengths: readonly number[], batch: number, time: number): Int32Array {
  if (lengths.length !== batch) {
    throw new ShapeError(`${who}: ${batch} lengths were expected, one for each sample, but ${lengths.length} came`);
  }
  for (const [sample, length] of Array.from(lengths).entries()) {
    if (!Number.isInteger(length) || length < 0) {
      throw new DataError(
        `${who}: a length that is a whole number from 0 to ${time} was expected, but sample ${sample} has ${show(length)}`,
      );
    }
    if (length > time) {
      throw new ShapeError(
        `${who}: a length of at most T = ${time} was expected, but sample ${sample} has ${length}; pad x or shorten the length`,
      );
    }
  }
  return Int32Array.from(lengths);
}
