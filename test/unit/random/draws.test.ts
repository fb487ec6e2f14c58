import { key } from 'keepgate';
import { describe, expect, test } from 'vitest';
import {
  drawConcrete,
  drawGaussian,
  drawKeepBits,
  keepBit,
  normal,
  openUniform,
  permutation,
  uniform,
} from '../../../src/random/draws.ts';
import { fold } from '../../../src/random/key.ts';
import { threefry2x32 } from '../../../src/random/threefry.ts';
import { range } from '../../helpers/tensors.ts';

describe('drawKeepBits', () => {
  const draw = (count: number, rate: number, row = 0): number[] => {
    const bits = new Uint8Array(count);
    drawKeepBits(bits, 0, count, rate, key(3), row);
    return [...bits];
  };

  test('fills its row and nothing beside it', () => {
    for (const count of [5, 6]) {
      const bits = new Uint8Array(count + 4).fill(7);
      drawKeepBits(bits, 2, count, 0.35, key(3), 4);
      expect([...bits]).toEqual([7, 7, ...draw(count, 0.35, 4), 7, 7]);
    }
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

describe('each number is a function of the words of its row and pair of units', () => {
  const [key0, key1] = key(3).words;
  const [ROW, PAIRS] = [4, 3];
  const words = range(0, PAIRS).flatMap((pair) => [...threefry2x32(key0, key1, ROW, pair)]);
  const open = (word: number): number => (word + 0.5) / 2 ** 32;
  /** A row between other entries, with and without the second unit of the last pair. */
  const expectRow = (wanted: readonly number[], draw: (values: Float32Array, count: number) => void): void => {
    for (const count of [wanted.length - 1, wanted.length]) {
      const values = new Float32Array(count + 4).fill(7);
      draw(values, count);
      const row = wanted.slice(0, count).map((value) => expect.closeTo(value, 5));
      expect([...values]).toEqual([7, 7, ...row, 7, 7]);
    }
  };

  test('a bit is kept from the word on that the rate is a share of, and the rate is rounded to such a share', () => {
    for (const [unit, word] of words.entries()) {
      const bitsAt = (rate: number): number[] => {
        const bits = new Uint8Array(words.length);
        drawKeepBits(bits, 0, words.length, rate, key(3), ROW);
        return [bits[unit] as number, keepBit(rate, key(3), ROW, unit)];
      };
      expect(bitsAt(word / 2 ** 32)).toEqual([1, 1]);
      expect(bitsAt((word + 0.4) / 2 ** 32)).toEqual([1, 1]);
      expect(bitsAt((word + 0.6) / 2 ** 32)).toEqual([0, 0]);
    }
  });

  test('normal numbers: a pair has one radius and one angle', () => {
    const wanted = words.map((_, unit) => {
      const [even, odd] = words.slice(unit - (unit % 2)) as [number, number];
      const radius = 0.7 * Math.sqrt(-2 * Math.log(open(even)));
      return 1 + radius * (unit % 2 === 0 ? Math.cos : Math.sin)(2 * Math.PI * open(odd));
    });
    expectRow(wanted, (values, count) => drawGaussian(values, 2, count, 0.7, key(3), ROW));
  });

  test('concrete numbers: a logistic number moved by the logit of the rate, over the temperature', () => {
    const wanted = words.map((word) => {
      const u = open(word);
      const logit = Math.log(0.2) - Math.log(0.8) + Math.log(u) - Math.log(1 - u);
      return 1 - 1 / (1 + Math.exp(-logit / 0.6));
    });
    expectRow(wanted, (values, count) => drawConcrete(values, 2, count, 0.2, 0.6, key(3), ROW));
  });

  test('a word is a number inside (0, 1), as far from 0 as its complement is from 1', () => {
    for (const word of [0, 1, 12_345, 2 ** 31, 2 ** 32 - 1]) {
      expect(openUniform(word)).toBeGreaterThan(0);
      expect(openUniform(word) + openUniform(2 ** 32 - 1 - word)).toBe(1);
    }
  });

  test('uniform numbers have 27 bits of one word and 26 of the other, of a counter of their own', () => {
    const wanted = range(0, 4).map((counter) => {
      const [high, low] = threefry2x32(key0, key1, 0, counter);
      return Number(((BigInt(high) >> 5n) << 26n) | (BigInt(low) >> 6n)) / 2 ** 53;
    });
    expect([...uniform(key(3), 4)]).toEqual(wanted);
    expect([...uniform(key(3), 4, -1, 2)]).toEqual(wanted.map((u) => -1 + 3 * u));
  });

  test('standard normal numbers have a radius and an angle from two keys', () => {
    const [radius, angle] = ['radius', 'angle'].map((label) => uniform(fold(key(3), label), 4)) as [
      Float64Array,
      Float64Array,
    ];
    const wanted = radius.map((u, i) => Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * (angle[i] as number)));
    expect(normal(key(3), 4)).toEqual(wanted);
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

test('a permutation exchanges from the last place on, each with a place up to itself', () => {
  const wanted = range(0, 9);
  const draws = uniform(key(1), 9);
  for (const place of range(1, 9).reverse()) {
    const [moved] = wanted.splice(Math.floor((draws[place] as number) * (place + 1)), 1, wanted[place] as number);
    wanted[place] = moved as number;
  }
  expect(permutation(key(1), 9)).toEqual(wanted);
});
