import { describe, expect, test } from 'vitest';
import { at, builds, type Module } from './module.ts';

type Name = 'exp' | 'log' | 'sigmoid' | 'tanh';

function apply(module: Module, name: Name, x: Float32Array): Float32Array {
  const to = new Float32Array(x.length);
  module.call(name, [to, x, x.length], [to]);
  return to;
}

/** Float32 numbers all over the range, by their bits: every exponent, with its mantissas in steps. */
const everywhere = Float32Array.from(
  new Float32Array(Int32Array.from({ length: 2 ** 16 }, (_, i) => i * 65_521 + 1).buffer),
).filter(Number.isFinite);
/** Where the functions bend, densely. */
const bends = Float32Array.from({ length: 200_001 }, (_, i) => (i - 100_000) / 5000);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe.each(builds)('$name', ({ module }) => {
  test.each([
    ['sigmoid', sigmoid],
    ['tanh', Math.tanh],
  ] as const)('%s is within 2e-7 everywhere', (name, exact) => {
    for (const x of [everywhere, bends]) {
      const found = apply(module, name, x);
      const worst = x.reduce((error, value, i) => Math.max(error, Math.abs(at(found, i) - exact(value))), 0);
      expect(worst).toBeLessThan(2e-7);
      expect(found.every((y) => Math.abs(y) <= 1)).toBe(true);
    }
  });

  test('tanh is odd, and as exact near 0 as the numbers are', () => {
    const x = everywhere.filter((value) => Math.abs(value) > 1e-37 && Math.abs(value) < 0.7);
    const found = apply(module, 'tanh', x);
    const worst = x.reduce((error, value, i) => Math.max(error, Math.abs(at(found, i) / Math.tanh(value) - 1)), 0);
    expect(worst).toBeLessThan(2e-7);
    expect(
      apply(
        module,
        'tanh',
        x.map((value) => -value),
      ),
    ).toEqual(found.map((y) => -y));
  });

  test.each([
    ['exp', Math.exp, (x: number) => x > -87 && x < 88.7],
    ['log', Math.log, (x: number) => x > 0],
  ] as const)('%s is within 2e-7, relatively', (name, exact, inside) => {
    const near1 = Float32Array.from({ length: 20_001 }, (_, i) => 1 + (i - 10_000) / 2 ** 20);
    for (const all of [everywhere, bends, near1]) {
      const x = all.filter(inside);
      const found = apply(module, name, x);
      const worst = x.reduce((error, value, i) => {
        const wanted = exact(value);
        return Math.max(error, wanted === 0 ? Math.abs(at(found, i)) : Math.abs(at(found, i) / wanted - 1));
      }, 0);
      expect(worst).toBeLessThan(2e-7);
    }
  });

  const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
  test.each([
    ['exp', [inf, -inf, nan, 0, -0, 1e30, -1e30, 89], [inf, 0, nan, 1, 1, inf, 0, inf]],
    [
      'log',
      [inf, -inf, nan, 0, -0, 1, -1, 2 ** -149],
      [inf, nan, nan, -inf, -inf, 0, nan, Math.fround(Math.log(2 ** -149))],
    ],
    ['sigmoid', [inf, -inf, nan, 0, -0, 3e38, -3e38, -200], [1, 0, nan, 0.5, 0.5, 1, 0, 0]],
    ['tanh', [inf, -inf, nan, 0, -0, 3e38, -3e38, 2 ** -149], [1, -1, nan, 0, -0, 1, -1, 2 ** -149]],
  ] as const)('%s is right at the edges', (name, x, wanted) => {
    expect([...apply(module, name, Float32Array.from(x))]).toEqual([...wanted]);
  });

  test.each(['exp', 'log', 'sigmoid', 'tanh'] as const)('%s takes any number of numbers, in place too', (name) => {
    const x = Float32Array.from({ length: 11 }, (_, i) => i + 0.5);
    const all = apply(module, name, x);
    for (let n = 1; n <= x.length; n++) {
      expect(apply(module, name, x.slice(0, n))).toEqual(all.slice(0, n));
      const place = x.slice(0, n);
      module.call(name, [place, place, n], [place]);
      expect(place).toEqual(all.slice(0, n));
    }
  });
});
