import { expectNumbers, expectWhole } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import { argmaxOf } from './accuracy.ts';
import { expectPredictionRows } from './prediction-rows.ts';

/** A table of more is none that anybody reads, and would not fit in memory. */
const MOST_CLASSES = 10_000;

/**
 * How often each class is predicted to be each: row by row the examples of a class, column by column what they are
 * predicted to be. It is a table, which scores are not: it is made of predictions.
 * @param predictions what `model.predict` gives, [N][units], or class numbers [N]; a single probability is of yes, class 1
 * @param targets class numbers [N]
 * @param classes how many there are, where predictions are class numbers; those that occur when left out
 * @returns [classes][classes]
 * @throws OptionError, ShapeError or DataError for what is no list of predictions, as long as each other and finite, with a class number
 *   for each
 * @example
 * ```ts
 * import { confusionMatrix } from 'keepgate';
 *
 * const predictions = [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]];
 * console.log(confusionMatrix(predictions, [0, 1, 1])); // prints: [ [ 1, 0 ], [ 1, 1 ] ]
 * console.log(confusionMatrix([0, 2, 2], [0, 2, 1])); // prints: [ [ 1, 0, 0 ], [ 0, 0, 1 ], [ 0, 0, 1 ] ]
 * ```
 */
export function confusionMatrix(
  predictions: readonly (number | readonly number[])[],
  targets: ArrayLike<number>,
  classes?: number,
): number[][] {
  return confusionsOf('confusionMatrix', predictions, targets, classes);
}

/** The same for others that are made of it. @param who asks, for messages */
export function confusionsOf(
  who: string,
  predictions: readonly (number | readonly number[])[],
  targets: ArrayLike<number>,
  classes?: number,
): number[][] {
  if (classes !== undefined) expectWhole(who, 'classes', classes, 1, MOST_CLASSES);
  if (!Array.isArray(predictions))
    throw new DataError(`${who}: a list of predictions was expected, but ${show(predictions)} came`);
  expectNumbers(who, 'targets', targets);
  if (targets.length !== predictions.length) {
    throw new DataError(
      `${who}: a target for each of ${predictions.length} predictions was expected, but ${targets.length} came`,
    );
  }
  // Class numbers are looked at below.
  const areClasses = Array.from(predictions).every((one) => typeof one === 'number');
  if (!areClasses) expectPredictionRows(who, predictions as readonly (readonly number[])[]);
  const predicted = Array.from(predictions, (one: number | readonly number[]) => {
    if (typeof one === 'number') return one;
    return one.length === 1 ? Number((one[0] as number) > 0.5) : argmaxOf(one);
  });
  const actual = Array.from(targets);
  const units = Array.from(predictions, (one) => (typeof one === 'number' ? 0 : Math.max(2, one.length)));
  const largest = (numbers: readonly number[]): number => numbers.reduce((a, b) => Math.max(a, b), -1);
  const count = classes ?? Math.max(0, largest(units), largest(predicted) + 1, largest(actual) + 1);
  const stray = [...predicted, ...actual].find(
    (c) => !(Number.isInteger(c) && c >= 0 && c < Math.min(count, MOST_CLASSES)),
  );
  if (stray !== undefined) {
    throw new DataError(
      `${who}: classes from 0 to ${Math.min(count, MOST_CLASSES) - 1} were expected, but ${show(stray)} came`,
    );
  }
  const table = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  for (const [i, row] of actual.entries()) {
    const cells = table[row] as number[];
    const column = predicted[i] as number;
    cells[column] = (cells[column] as number) + 1;
  }
  return table;
}
