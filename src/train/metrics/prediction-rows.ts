import { expectNumbers } from '../../checks.ts';
import { DataError, ShapeError, show } from '../../errors.ts';

/**
 * Predictions that a class can be told of: none is NaN or infinite, which no class is the likeliest of, and all have as many numbers.
 * @param rows [N][units]
 * @throws OptionError, ShapeError or DataError for what is none
 */
export function expectPredictionRows(who: string, rows: readonly ArrayLike<number>[]): void {
  let units = 0;
  for (const [i, row] of rows.entries()) {
    expectNumbers(who, `prediction ${i}`, row);
    if (i === 0) units = row.length;
    if (row.length === 0 || row.length !== units) {
      throw new ShapeError(
        `${who}: ${units === 0 ? 'one or more' : units} numbers were expected at prediction ${i}, but ${show(row)} came; give each as many as the model has outputs`,
      );
    }
    if (Array.from(row).every(Number.isFinite)) continue;
    throw new DataError(
      `${who}: finite numbers were expected at prediction ${i}, but ${show(row)} came; look at the loss and the weights of the model`,
    );
  }
}
