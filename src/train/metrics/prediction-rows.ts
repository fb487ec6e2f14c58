import { isNumberList } from '../../checks.ts';
import { DataError, ShapeError, show } from '../../errors.ts';

/** What is told of rows besides. */
interface RowsWanted {
  /** How many numbers a row has at least; 1 when left out. */
  readonly least?: number;
  /** What to do about a row of another length. */
  readonly advice?: string;
}

/**
 * Predictions that a class can be told of: none is NaN or infinite, which no class is the likeliest of, and all have as many numbers.
 * @param rows [N][units]
 * @throws ShapeError or DataError for what is none
 */
export function expectPredictionRows(
  who: string,
  rows: readonly ArrayLike<number>[],
  { least = 1, advice = 'give each as many as the model has outputs' }: RowsWanted = {},
): void {
  let units = 0;
  for (const [i, row] of rows.entries()) {
    const width = isNumberList(who, row) ? row.length : 0;
    if (i === 0) units = width;
    if (width < least || width !== units) {
      throw new ShapeError(
        `${who}: ${units < least ? `${least} or more` : units} numbers were expected at prediction ${i}, but ${show(row)} came; ${advice}`,
      );
    }
    if (Array.from(row).every(Number.isFinite)) continue;
    throw new DataError(
      `${who}: finite numbers were expected at prediction ${i}, but ${show(row)} came; look at the loss and the weights of the model`,
    );
  }
}
