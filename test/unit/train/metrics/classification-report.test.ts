import { classificationReport, DataError, OptionError } from 'keepgate';
import { expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

// The example of scikit-learn's user guide (y_true, y_pred), whose report has 0.67 1.00 0.80, 0.00 0.00 0.00 and 1.00 0.50 0.67.
const targets = [0, 1, 2, 2, 0];
const predictions = [0, 0, 2, 1, 0];
const REPORT = [
  'class             precision  recall      f1  count',
  'class 0              0.6667  1.0000  0.8000      2',
  'class 1              0.0000  0.0000  0.0000      1',
  'class 2              1.0000  0.5000  0.6667      2',
  'macro average        0.5556  0.5000  0.4889      5',
  'weighted average     0.6667  0.6000  0.5867      5',
  'accuracy                             0.6000      5',
].join('\n');

test('it is that of scikit-learn, of numbers, probabilities and labels', () => {
  const names = ['class 0', 'class 1', 'class 2'];
  expect(classificationReport(predictions, targets, names)).toBe(REPORT);
  const probabilities = predictions.map((c) => [0, 1, 2].map((k) => (k === c ? 0.5 : 0.25)));
  expect(classificationReport(probabilities, Int32Array.from(targets), names)).toBe(REPORT);
  const labels = (list: readonly number[]) => list.map((c) => names[c] as string);
  expect(classificationReport(labels(predictions), labels(targets))).toBe(REPORT);
  expect(
    classificationReport(predictions, targets)
      .split('\n')
      .slice(1, 4)
      .map((line) => line[0]),
  ).toEqual(['0', '1', '2']);
});

test('a class that neither occurs nor is predicted counts in no average', () => {
  const lines = classificationReport(['a', 'b'], ['a', 'b'], ['a', 'b', 'never']).split('\n');
  expect(lines[3]).toMatch(/^never +0\.0000 +0\.0000 +0\.0000 +0$/);
  expect(lines[4]).toMatch(/^macro average +1\.0000 +1\.0000 +1\.0000 +2$/);
});

test.each<[string, unknown[], typeof DataError, string]>([
  ['another label', [['a'], ['b'], ['a']], DataError, '"b" came'],
  ['too few', [['a'], ['a', 'b']], DataError, 'a target for each of 1 predictions'],
  ['numbers against labels', [[1], ['a']], DataError, 'strings were expected as predictions'],
  ['no list', ['a', ['a']], DataError, 'predictions'],
  ['a class above the names', [[2], [0], ['a', 'b']], DataError, 'classes from 0 to 1'],
  ['no names', [[1], [0], 'ab'], DataError, 'a list of strings was expected as classes'],
  ['nothing', [[0], undefined], OptionError, 'targets'],
])('%s is refused', async (_, args, type, message) => {
  await expectRefusal(() => (classificationReport as (...all: unknown[]) => string)(...args), type, message);
});
