import { key } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { drawKeepBits, normal, permutation, uniform } from '../../../src/random/draws.ts';
import { range } from '../../helpers/tensors.ts';

describe('drawKeepBits', () => {
  const draw = (count: number, rate: number, row = 0): number[] => {
    const bits = new Uint8Array(count);
    drawKeepBits(bits, 0, count, rate, key(3), row);
    return [...bits];
  };

  test('fills its row and nothing beside it', () => {
    const bits = new Uint8Array(9).fill(7);
    drawKeepBits(bits, 2, 5, 0.35, key(3), 4);
    expect([...bits]).toEqual([7, 7, ...draw(5, 0.35, 4), 7, 7]);
  });

  test('a bit depends on its unit, not on how many there are', () => {
    for (const count of range(1, 40)) expect(draw(count, 0.6)).toEqual(draw(40, 0.6).slice(0, count));
  });

  test('rate 0 keeps all', () => {
    expect(draw(1000, 0)).not.toContain(0);
  });

  test('what a low rate drops, a higher one drops too', () => {
    const high = draw(1000, 0.6);
    expect(draw(1000, 0.2).every((bit, i) => bit === 1 || high[i] === 0)).toBe(true);
  });

  test('rows differ', () => {
    expect(new Set(range(0, 100).map((row) => draw(64, 0.4, row).join(''))).size).toBe(100);
  });
});

test('uniform numbers stand in their range, with the mean of the range', () => {
  const draws = uniform(key(5), 20_000, -2, 3);
  expect(draws.every((x) => x >= -2 && x < 3)).toBe(true);
  // The standard error of the mean is 5 / sqrt(12 * 20000), about 0.01.
  expect(draws.reduce((sum, x) => sum + x, 0) / draws.length).toBeCloseTo(0.5, 1);
});

test('normal numbers have mean 0, variance 1 and a kurtosis of 3', () => {
  const draws = normal(key(6), 20_000);
  const moment = (power: number): number => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length;
  expect(moment(1)).toBeCloseTo(0, 1);
  expect(moment(2)).toBeCloseTo(1, 1);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.3);
});

test('a permutation has every index once, and depends on its key', () => {
  const order = permutation(key(1), 100);
  expect(order.toSorted((a, b) => a - b)).toEqual(range(0, 100));
  expect(order).not.toEqual(range(0, 100));
  expect(permutation(key(1), 100)).toEqual(order);
  expect(permutation(key(2), 100)).not.toEqual(order);
});
