import { DataError, type Fold, key, OptionError, stratifiedKFold, Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

const count = <T>(list: readonly T[], of: T): number => list.filter((one) => one === of).length;

describe('whatever the labels', () => {
  test.each([
    [2, 1, [7, 5]],
    [5, 2, [31, 6, 2]],
    [10, 3, [40, 60, 3, 9]],
  ])('%i folds, %i times, of classes of %j', (folds, repeats, sizes) => {
    const labels = sizes
      .flatMap((size, c) => Array.from({ length: size }, () => c))
      .map((c, i) => (c + i) % sizes.length);
    const parts = stratifiedKFold(labels, { folds, repeats, key: key(3) });
    expect(parts).toHaveLength(folds * repeats);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const tests = parts.slice(repeat * folds, (repeat + 1) * folds).map(({ test: part }) => part);
      // Each is tested on once, and trained on otherwise.
      expect(tests.flat().sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
      for (const list of [
        tests.map((part) => part.length),
        ...sizes.map((_, c) =>
          tests.map((part) =>
            count(
              part.map((i) => labels[i]),
              c,
            ),
          ),
        ),
      ])
        expect(Math.max(...list) - Math.min(...list)).toBeLessThanOrEqual(1);
    }
    for (const { train, test: held } of parts) {
      expect([...train, ...held].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
      expect([...train]).toEqual([...train].sort((a, b) => a - b));
      expect(new Set(train.map((i) => labels[i])).size).toBe(new Set(labels).size);
    }
  });
});

test('the key decides, and each repeat parts anew', () => {
  const labels = Array.from({ length: 30 }, (_, i) => (i % 3 ? 'ham' : 'spam'));
  const of = (seed: number, repeats = 2) => stratifiedKFold(labels, { folds: 3, repeats, key: key(seed) });
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
  expect(of(1, 1)).toEqual(of(1).slice(0, 3));
  expect(of(1).slice(0, 3)).not.toEqual(of(1).slice(3));
});

test('texts and examples are parted as their labels alone are', () => {
  const labels = ['a', 'b', 'a', 'a', 'b', 'b'];
  const options = { folds: 3, key: key(5) };
  const wanted = stratifiedKFold(labels, options);
  const texts = labels.map((label, i) => `${label}${i}`);
  const weights = [1, 2, 3, 4, 5, 6];
  const named = stratifiedKFold({ texts, labels, sampleWeight: weights }, options);
  const x = new Tensor(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [6, 2],
  );
  const y = Int32Array.from(labels, (label) => Number(label === 'b'));
  const examples = stratifiedKFold({ x, y, lengths: [6, 5, 4, 3, 2, 1] }, options);
  for (const [i, { train, test: held }] of wanted.entries()) {
    expect(named[i]?.train).toEqual({
      texts: train.map((at) => texts[at]),
      labels: train.map((at) => labels[at]),
      sampleWeight: train.map((at) => weights[at]),
    });
    const part = (examples[i] as Fold<{ x: unknown; y: unknown; lengths?: unknown }>).test;
    expect((part.x as Tensor[]).map((one) => [...one.toFlat()])).toEqual(held.map((at) => [2 * at, 2 * at + 1]));
    expect([part.y, part.lengths]).toEqual([held.map((at) => y[at]), held.map((at) => 6 - at)]);
  }
});

test('targets that are no classes are parted without', () => {
  const x = Array.from({ length: 7 }, (_, i) => [i]);
  for (const y of [x.map(([i]) => [i as number]), x.map(([i]) => (i as number) / 2)]) {
    const parts = stratifiedKFold({ x, y }, { folds: 3, key: key(1) });
    expect(parts.map(({ test: held }) => held.x.length)).toEqual([3, 2, 2]);
  }
});

test.each<[string, unknown, unknown, typeof DataError, string]>([
  ['a class that occurs once', ['a', 'a', 'b'], { folds: 2 }, DataError, '"b" came once'],
  ['fewer entries than folds', ['a', 'a'], { folds: 3 }, DataError, 'at least 3 entries'],
  ['one fold', ['a', 'a'], { folds: 1 }, OptionError, 'folds'],
  ['no repeat', ['a', 'a'], { folds: 2, repeats: 0 }, OptionError, 'repeats'],
  ['another option', ['a', 'a'], { fold: 2 }, OptionError, 'did you mean folds?'],
  ['no labels', [null, null], { folds: 2 }, DataError, 'null came at index 0'],
  ['lists of other lengths', { x: [[1], [2]], y: [0, 0, 1, 1] }, { folds: 2 }, DataError, 'as many y as x'],
  ['a text too few', { texts: ['a'], labels: ['x', 'x'] }, { folds: 2 }, DataError, 'a label for each of 1 texts'],
  ['nothing', undefined, { folds: 2 }, OptionError, 'undefined came'],
])('%s is refused', async (_, data, options, type, message) => {
  const act = () => stratifiedKFold(data as never, { key: key(1), ...(options as object) } as never);
  await expectRefusal(act, type, message);
});
