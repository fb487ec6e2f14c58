import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { KeepgateError, OptionError } from '../../../src/errors.ts';
import { uniform } from '../../../src/random/draws.ts';
import { key } from '../../../src/random/key.ts';
import { inOrder, lengthBuckets } from '../../../src/text/bucketing.ts';

const lengths = fc.array(fc.nat({ max: 30 }), { maxLength: 120 });
const batchSizes = fc.integer({ min: 1, max: 7 });
const keys = fc.nat().map(key);

/** 700 lengths from 1 to 40. */
const many = Array.from(uniform(key(3), 700, 1, 41), Math.floor);

function paddingOf(batches: readonly (readonly number[])[]): number {
  const sizes = batches.map((batch) => batch.map((index) => many[index] ?? 0));
  return sizes.flatMap((batch) => batch.map((length) => Math.max(...batch) - length)).reduce((a, b) => a + b, 0);
}

test.prop([lengths, batchSizes, keys])('every index comes once, and one batch at most is smaller', (data, size, k) => {
  const batches = lengthBuckets(data, size, k);
  expect(batches.flat().sort((a, b) => a - b)).toEqual([...data.keys()]);
  expect(batches.every((batch) => batch.length > 0 && batch.length <= size)).toBe(true);
  expect(batches.filter((batch) => batch.length < size).length).toBeLessThanOrEqual(1);
});

test.prop([lengths, batchSizes, keys])('the same key gives the same batches', (data, size, k) => {
  expect(lengthBuckets(Int32Array.from(data), size, k)).toEqual(lengthBuckets(data, size, k));
});

test('another key gives another order', () => {
  expect(lengthBuckets(many, 8, key(1))).not.toEqual(lengthBuckets(many, 8, key(2)));
});

test('batches of similar length need less than a third of the padding', () => {
  expect(paddingOf(lengthBuckets(many, 8, key(1)))).toBeLessThan(paddingOf(inOrder(700, 8)) / 3);
});

test('short and long batches come mixed', () => {
  const firsts = lengthBuckets(many, 8, key(1)).map(([index = 0]) => many[index] ?? 0);
  const rises = firsts.filter((length, i) => length >= (firsts[i - 1] ?? 0)).length;
  expect(rises).toBeGreaterThan(firsts.length / 4);
  expect(rises).toBeLessThan((firsts.length * 3) / 4);
});

test('sequences of equal length are shuffled', () => {
  const order = lengthBuckets(new Int32Array(50), 5, key(4)).flat();
  expect(order).not.toEqual([...order.keys()]);
});

test('a seed gives the batches that it always gave, from pools of 16', () => {
  const forty = Array.from({ length: 40 }, (_, i) => (7 * i) % 11);
  // biome-ignore format: one row for five batches
  expect(lengthBuckets(forty, 2, key(1))).toEqual([
    [33, 11], [21, 29], [28, 36], [23, 34], [2, 10],
    [6, 39], [24, 35], [0, 22], [9, 20], [38, 5],
    [12, 1], [4, 26], [15, 37], [17, 25], [7, 18],
    [8, 30], [16, 27], [19, 13], [32, 31], [14, 3],
  ]);
});

test.each<[unknown, string]>([
  [5, 'a list of lengths was expected, but 5 came'],
  [new Set([1]), 'a list of lengths was expected, but a Set came'],
  [[1, 'a'], 'lengths'],
])('what is no list of lengths is refused: %j', (lengthsLike, message) => {
  expect(() => lengthBuckets(lengthsLike as never, 2, key(1))).toThrow(KeepgateError);
  expect(() => lengthBuckets(lengthsLike as never, 2, key(1))).toThrow(message);
});

test('batches in order are consecutive', () => {
  expect(inOrder(7, 3)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  expect(inOrder(6, 3)).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
  expect(inOrder(0, 3)).toEqual([]);
});

test.each([
  [
    () => lengthBuckets([1], 0, key(1)),
    'lengthBuckets: a whole number from 1 was expected as the batch size, but 0 came',
  ],
  [() => inOrder(4, 2.5), 'inOrder: a whole number from 1 was expected as the batch size, but 2.5 came'],
  [() => inOrder(-1, 2), 'inOrder: a whole number from 0 was expected as the count, but -1 came'],
])('a wrong size is refused: %#', (act, message) => {
  expect(act).toThrow(new OptionError(message));
});
