import { readable } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import { formatTable } from '../../report/table.ts';
import { byCodePoint } from '../../text/code-point-order.ts';
import { expectStrings } from '../../text/labelled.ts';
import { averaged, type Counts, f1Of, precisionOf, recallOf } from './by-class.ts';
import { confusionsOf } from './confusion-matrix.ts';

/**
 * Precision, recall and F1 of each class and how many there are of it, and their averages, as a table for people: what
 * scikit-learn's classification_report prints, with the predictions first.
 * @param predictions one a target: labels, class numbers, or what `model.predict` gives
 * @param targets labels or class numbers
 * @param classes their names by number, or all labels in the order of the rows; those that occur, sorted, when left out
 * @throws DataError for what is no list of predictions with a target for each, or is none of the classes; as `confusionMatrix` does
 * @example
 * ```ts
 * import { classificationReport } from 'keepgate';
 *
 * console.log(classificationReport(['spam', 'ham', 'ham', 'ham'], ['spam', 'spam', 'ham', 'ham']));
 * // prints: class             precision  recall      f1  count
 * // prints: ham                  0.6667  1.0000  0.8000      2
 * // prints: spam                 1.0000  0.5000  0.6667      2
 * // prints: macro average        0.8333  0.7500  0.7333      4
 * // prints: weighted average     0.8333  0.7500  0.7333      4
 * // prints: accuracy                             0.7500      4
 * ```
 */
export function classificationReport(
  predictions: readonly (string | number | readonly number[])[],
  targets: readonly string[] | ArrayLike<number>,
  classes?: readonly string[],
): string {
  const who = 'classificationReport';
  const { names, table } = readable(who, () => tabled(who, predictions, targets, classes));
  const counts = table.map((row, c): Counts => {
    return {
      right: row[c] as number,
      predicted: table.reduce((sum, other) => sum + (other[c] as number), 0),
      actual: row.reduce((sum, value) => sum + value, 0),
    };
  });
  const all = counts.reduce((sum, { actual }) => sum + actual, 0);
  const right = counts.reduce((sum, one) => sum + one.right, 0);
  const line = (name: string, of: (part: (one: Counts) => number) => number, count: number): string[] => [
    name,
    ...[precisionOf, recallOf, f1Of].map((part) => of(part).toFixed(4)),
    `${count}`,
  ];
  return formatTable([
    ['class', 'precision', 'recall', 'f1', 'count'],
    ...counts.map((one, c) => line(names[c] as string, (part) => part(one), one.actual)),
    ...(['macro', 'weighted'] as const).map((average) =>
      line(`${average} average`, (part) => averaged(average, counts, part), all),
    ),
    ['accuracy', '', '', all === 0 ? '-' : (right / all).toFixed(4), `${all}`],
  ]);
}

/** How often each class is predicted to be each, and the names of the classes. */
function tabled(
  who: string,
  predictions: readonly (string | number | readonly number[])[],
  targets: readonly string[] | ArrayLike<number>,
  classes: readonly string[] | undefined,
): { readonly names: readonly string[]; readonly table: readonly (readonly number[])[] } {
  if (classes !== undefined) expectStrings(who, 'classes', classes);
  const isNamed = Array.isArray(targets) && targets.some((target) => typeof target === 'string');
  if (!isNamed) {
    const given = predictions as readonly (number | readonly number[])[];
    const table = confusionsOf(who, given, targets as ArrayLike<number>, classes?.length);
    return { table, names: classes ?? table.map((_, c) => `${c}`) };
  }
  expectStrings(who, 'predictions', predictions);
  expectStrings(who, 'targets', targets);
  const names = classes ?? [...new Set([...predictions, ...targets])].sort(byCodePoint);
  const numbers = new Map(names.map((name, c) => [name, c]));
  const numberOf = (label: string): number => {
    const number = numbers.get(label);
    if (number !== undefined) return number;
    throw new DataError(`${who}: a label of ${show(names)} was expected, but ${show(label)} came`);
  };
  return { names, table: confusionsOf(who, predictions.map(numberOf), targets.map(numberOf), names.length) };
}
