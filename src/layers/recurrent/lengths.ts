import { DataError, ShapeError, show } from '../../errors.ts';
import { type Numbers, numbersOf, type WideIntegers } from '../../tensor/typed-arrays.ts';

/** How many steps of each sample are valid. */
export type LengthsLike = readonly number[] | Numbers | WideIntegers;

/**
 * The lengths of samples, checked.
 * @param times the steps that each sample has, valid or not
 * @throws ShapeError unless there is one for each sample, none above its steps
 * @throws DataError unless each is a whole number of at least 0
 */
export function checkLengths(who: string, lengths: LengthsLike, times: readonly number[]): Int32Array {
  const given: ArrayLike<unknown> | undefined = Array.isArray(lengths) ? lengths : numbersOf(who, lengths);
  if (!given)
    throw new DataError(`${who}: a list of lengths was expected, one for each sample, but ${show(lengths)} came`);
  if (given.length !== times.length) {
    throw new ShapeError(
      `${who}: ${times.length} lengths were expected, one for each sample, but ${given.length} came`,
    );
  }
  return Int32Array.from(times, (time, sample) => {
    const length = given[sample] as number;
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
    return length;
  });
}
