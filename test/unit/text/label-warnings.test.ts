import { expect, test } from 'vitest';
import { labelWarnings } from '../../../src/text/label-warnings.ts';

test('labels that differ in case or spaces alone are told, with how many there are (20)', () => {
  const counts = new Map([
    ['Ham', 1],
    ['eggs', 7],
    ['ham', 120],
    ['ham ', 3],
    ['very  good', 2],
    ['very good', 5],
    ['verygood', 4],
  ]);
  expect(labelWarnings(counts)).toEqual([
    'labels that differ in case or spaces alone are classes of their own: "Ham" (1), "ham" (120), "ham " (3)',
    'labels that differ in case or spaces alone are classes of their own: "very  good" (2), "very good" (5)',
  ]);
  expect(
    labelWarnings(
      new Map([
        ['ham', 1],
        ['spam', 2],
      ]),
    ),
  ).toEqual([]);
});

test('so are those with other white space, or letters of another width', () => {
  const told = (...labels: string[]): number => labelWarnings(new Map(labels.map((label) => [label, 1]))).length;
  expect(told('very good', 'very\t good')).toBe(1);
  expect(told(' ham', 'ham')).toBe(1);
  expect(told('\uff48am', 'ham')).toBe(1);
  expect(told('e\u0301', '\xe9')).toBe(1);
  expect(told('ham', 'hams')).toBe(0);
});
