import { calibration, DataError, key, OptionError, ShapeError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { uniform } from '../../../src/random/draws.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const NAN = Number.NaN;

describe('calibration', () => {
  test('by hand: two bins, three classes', () => {
    const found = calibration(
      [
        [0.9, 0.1, 0],
        [0.25, 0.75, 0],
        [0.2, 0.2, 0.6],
        [0.4, 0.35, 0.25],
      ],
      [0, 2, 2, 0],
      { bins: 2 },
    );
    // Confidences 0.9 (right), 0.75 (wrong), 0.6 (right) in the upper bin; 0.4 (right) in the lower.
    expect(found.count).toBe(4);
    expect(found.accuracy).toBe(0.75);
    expect(found.bins).toMatchObject([
      { from: 0, to: 0.5, count: 1, confidence: 0.4, accuracy: 1 },
      { from: 0.5, to: 1, count: 3 },
    ]);
    expect(found.bins[1]?.confidence).toBeCloseTo(0.75, 14);
    expect(found.bins[1]?.accuracy).toBeCloseTo(2 / 3, 14);
    expect(found.maximumCalibrationError).toBeCloseTo(0.6, 14);
    expect(found.expectedCalibrationError).toBeCloseTo((0.6 + 3 * (0.75 - 2 / 3)) / 4, 14);
    const squares = [0.01 + 0.01, 0.0625 + 0.5625 + 1, 0.04 + 0.04 + 0.16, 0.36 + 0.1225 + 0.0625];
    expect(found.brier).toBeCloseTo(squares.reduce((a, b) => a + b) / 4, 14);
    // The second sample's label has probability 0.
    expect(found.negativeLogLikelihood).toBe(Number.POSITIVE_INFINITY);
  });

  test('negative log-likelihood is that of the labels', () => {
    const { negativeLogLikelihood } = calibration(
      [
        [0.7, 0.3],
        [0.2, 0.8],
      ],
      [1, 1],
    );
    expect(negativeLogLikelihood).toBeCloseTo(-(Math.log(0.3) + Math.log(0.8)) / 2, 14);
  });

  test('a constant confidence has one bin, and its distance from the accuracy is all of the error', () => {
    const rows = Array.from({ length: 50 }, (_, i) => (i % 2 ? [0.7, 0.3] : [0.3, 0.7]));
    // Of 50, 20 are right: the likeliest class for the first 20.
    const labels = rows.map(([p = 0], i) => (p > 0.5 === i < 20 ? 0 : 1));
    const found = calibration(rows, labels);
    expect(found.bins.filter(({ count }) => count > 0)).toHaveLength(1);
    expect(found.accuracy).toBe(0.4);
    expect(found.expectedCalibrationError).toBeCloseTo(0.3, 14);
    expect(found.maximumCalibrationError).toBeCloseTo(0.3, 14);
  });

  test('what is calibrated has an error that goes to 0, what is not has not', () => {
    const count = 40_000;
    const draws = uniform(key(5), 2 * count);
    const rows = Array.from({ length: count }, (_, i) => {
      const p = 0.5 + (draws[i] as number) / 2;
      return [p, 1 - p];
    });
    const labels = (trust: number): number[] =>
      rows.map(([p = 0], i) => ((draws[count + i] as number) < 0.5 + trust * (p - 0.5) ? 0 : 1));
    // 8 bins are filled. By Hoeffding each gap is below eps but for 2 exp(-2 n eps²); the smallest bin, half as wide as the
    // others, has above 2500 predictions, so 0.07 fails by chance once in 10^9 seeds; the mean of gaps is smaller still.
    const calibrated = calibration(rows, labels(1));
    expect(calibrated.maximumCalibrationError).toBeLessThan(0.07);
    expect(calibrated.expectedCalibrationError).toBeLessThan(0.03);
    // Twice as sure as it should be: the gap is (p - 0.5) / 2, on average 1/8.
    expect(calibration(rows, labels(0.5)).expectedCalibrationError).toBeCloseTo(0.125, 1);
    expect(calibration(rows, labels(0.5)).expectedCalibrationError).toBeGreaterThan(0.1);
  });

  test.each([1, 2, 3, 7, 15, 64, 100])('%i bins share out all predictions, each in its own', (bins) => {
    const edges = Array.from({ length: bins }, (_, i) => (i + 1) / bins).filter((p) => p >= 0.5);
    const rows = [...edges, ...uniform(key(bins), 200).map((u) => 0.5 + u / 2)].map((p) => [p, 1 - p]);
    const labels = rows.map(() => 0);
    const found = calibration(rows, labels, { bins });
    expect(found.bins).toHaveLength(bins);
    expect(found.bins.reduce((sum, { count }) => sum + count, 0)).toBe(rows.length);
    for (const { from, to, count, confidence, accuracy } of found.bins) {
      const own = rows.filter(([p = 0]) => p > from && p <= to);
      expect(count).toBe(own.length);
      expect(accuracy).toBe(count === 0 ? null : 1);
      if (count === 0) expect(confidence).toBeNull();
      else expect(confidence).toBeCloseTo(own.reduce((sum, [p = 0]) => sum + p, 0) / count, 12);
    }
    expect(found.bins.map(({ from }) => from).slice(1)).toEqual(found.bins.map(({ to }) => to).slice(0, -1));
  });

  test('a float32 probability just above 1 is a confidence of 1', () => {
    expect(calibration([[1.0000001, 0]], [0]).bins.at(-1)?.count).toBe(1);
  });

  test.each<[string, number[][], number[], new (message: string) => Error]>([
    ['at least one prediction', [], [], DataError],
    ['as many labels as predictions', [[0.5, 0.5]], [0, 1], ShapeError],
    ['2 numbers were expected at prediction 1', [[0.5, 0.5], [1]], [0, 0], ShapeError],
    ['for a single output p pass [1 - p, p]', [[0.5]], [0], ShapeError],
    ['probabilities that sum to 1', [[2, -1]], [0], DataError],
    ['probabilities that sum to 1', [[0.7, 0.7]], [0], DataError],
    ['finite numbers were expected at prediction 0', [[NAN, 1]], [0], DataError],
    ['a class from 0 to 1', [[0.5, 0.5]], [2], DataError],
    ['a class from 0 to 1', [[0.5, 0.5]], [0.5], DataError],
  ])('says that it wants %s', (text, rows, labels, type) => {
    expect(() => calibration(rows, labels)).toThrow(type);
    expect(() => calibration(rows, labels)).toThrow(text);
  });

  test('takes rows and labels of any kind of array', () => {
    const rows = [
      [0.75, 0.25],
      [0.5, 0.5],
    ];
    const typed = calibration(
      rows.map((row) => Float32Array.from(row)),
      Int32Array.of(0, 1),
    );
    expect(typed).toEqual(calibration(rows, [0, 1]));
  });

  test('takes more bins than a call can have arguments', () => {
    const { bins, maximumCalibrationError } = calibration([[0.75, 0.25]], [0], { bins: 300_000 });
    expect([bins.length, maximumCalibrationError]).toEqual([300_000, 0.25]);
  });

  test('says what it thinks of what is no list', async () => {
    const call = calibration as (...args: unknown[]) => unknown;
    await expectRefusal(() => call(), DataError, 'calibration: a list', 'as probabilities', 'undefined came');
    await expectRefusal(() => call([[0.5, 0.5]], 0), DataError, 'calibration: a list', 'as labels', '0 came');
    await expectRefusal(() => call([[0.5, 0.5]], [0], null), OptionError, 'calibration: an object', 'null came');
    await expectRefusal(() => call([0.5], [0]), ShapeError, '0.5 came', '[1 - p, p]');
  });

  test('says what it thinks of its options', () => {
    expect(() => calibration([[0.5, 0.5]], [0], { bins: 0 })).toThrow(OptionError);
    expect(() => calibration([[0.5, 0.5]], [0], { bin: 3 } as object)).toThrow('did you mean bins?');
  });
});
