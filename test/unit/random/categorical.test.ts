import { type CategoricalOptions, categorical, fold, key, uniform } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { range } from '../../helpers/tensors.ts';

const shares = (probabilities: ArrayLike<number>, options?: { temperature: number }): number[] => {
  const drawn = range(0, 5000).map((i) => categorical(fold(key(2), i), probabilities, options));
  return Array.from(probabilities, (_, index) => drawn.filter((one) => one === index).length / drawn.length);
};

test('an index is the first whose probabilities up to it are above the uniform number of its key', () => {
  const probabilities = [0.125, 0.5, 0.25, 0.125];
  for (const i of range(0, 200)) {
    const [u] = uniform(fold(key(3), i), 1) as unknown as [number];
    const wanted = [0.125, 0.625, 0.875, 1].findIndex((sum) => u < sum);
    expect(categorical(fold(key(3), i), probabilities)).toBe(wanted);
    // They need not add up to 1, and may be a typed array.
    expect(
      categorical(
        fold(key(3), i),
        Float32Array.from(probabilities, (p) => 1000 * p),
      ),
    ).toBe(wanted);
  }
});

test('what has no probability is never drawn, and each other one as often as it has', () => {
  const [a = 0, none, b = 0, last] = shares([0.3, 0, 0.7, 0]);
  // A standard error is 0.0065.
  expect([none, last]).toEqual([0, 0]);
  expect(Math.abs(a - 0.3)).toBeLessThan(0.03);
  expect(Math.abs(b - 0.7)).toBeLessThan(0.03);
});

describe('a temperature', () => {
  test('of 1/2 squares the probabilities, one of 2 takes their roots', () => {
    for (const [temperature, wanted] of [
      [0.5, 16 / 17],
      [2, 2 / 3],
    ] as const) {
      const [, likely = 0] = shares([0.2, 0.8], { temperature });
      expect(Math.abs(likely - wanted)).toBeLessThan(0.03);
    }
  });

  test.each([5e-324, 1e-300, 1e-3])('of %s draws the likeliest, however unlikely all are', (temperature) => {
    expect(categorical(key(1), [1e-300, 3e-300, 2e-300, 0], { temperature })).toBe(1);
  });

  test('that is very large draws all alike but those of 0', () => {
    const found = shares([1e-9, 0, 1], { temperature: 1e300 });
    expect(found[1]).toBe(0);
    expect(Math.abs((found[0] as number) - 0.5)).toBeLessThan(0.03);
  });
});

test.each([
  ['no list', 0.5, {}, /^categorical: a list of numbers was expected as probabilities, but 0\.5 came$/],
  ['an empty list', [], {}, /^categorical: a probability above 0 was expected, but \[\] came/],
  ['nothing but 0', [0, 0], {}, /^categorical: a probability above 0 was expected, but \[0, 0\] came/],
  ['a number below 0', [1, -0.5], {}, /finite numbers from 0 were expected .* -0\.5 came at index 1$/],
  ['NaN', [Number.NaN], {}, /finite numbers from 0 were expected .* NaN came at index 0$/],
  ['Infinity', [0, Number.POSITIVE_INFINITY], {}, /finite numbers from 0 .* Infinity came at index 1$/],
  ['a temperature of 0', [1], { temperature: 0 }, /a number above 0 was expected as temperature, but 0 came$/],
  ['another option', [1], { temprature: 1 }, /temperature/],
])('%s is an error of one line', (_, probabilities, options, message) => {
  expect(() => categorical(key(1), probabilities as number[], options as CategoricalOptions)).toThrow(message);
});

test('what is no key is an error', () => {
  expect(() => categorical(1 as never, [1])).toThrow(/^categorical: /);
});
