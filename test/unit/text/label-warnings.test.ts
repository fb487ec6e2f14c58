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
