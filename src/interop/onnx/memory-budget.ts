import { DataError } from '../../errors.ts';

/** What may be made beyond what real files need: a file of few bytes could else stand for more than any memory holds. */
const SPARE_BYTES = 2 ** 25;

/** What an object of a few fields takes, about. */
export const OBJECT_BYTES = 224;

/** Counts what is made of a file. A file whose objects and numbers are about as large in it as in memory pays nothing. */
export class MemoryBudget {
  #spare = SPARE_BYTES;

  /**
   * @param made bytes in memory
   * @param from bytes that these are in the file
   * @throws DataError when a file stands for far more than it is
   */
  take(made: number, from: number): void {
    this.#spare -= Math.max(0, made - from);
    if (this.#spare >= 0) return;
    throw new DataError(
      `onnx: a file that is about as large as what is in it was expected, but one came that stands for ${SPARE_BYTES} bytes more and goes on; save its tensors as raw_data`,
    );
  }
}
