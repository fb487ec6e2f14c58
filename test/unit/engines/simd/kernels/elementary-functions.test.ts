import { kernel } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../../../src/engines/simd/kernels/emit.ts';
import { SMALLEST } from '../../../../../src/engines/trace.ts';
import { webAssembly } from '../../../../../src/engines/simd/web-assembly.ts';
import { instances } from '../instantiate.ts';
import { at, builds, type Module } from '../module.ts';

type Name = 'exp' | 'log' | 'sigmoid' | 'tanh';

/** exp and log are exports of the module; sigmoid and tanh are there in kernels alone. */
function apply(module: Module, name: Name, x: Float32Array): Float32Array {
  if (name === 'sigmoid' || name === 'tanh') return inKernel(module.id, name, x);
  const to = new Float32Array(x.length);
  module.call(name, [to, x, x.length], [to]);
  return to;
}

const wasm = webAssembly();
const hosts = instances(64, { shared: true });
const PLACE = 1024;

/** A kernel of one row: its words and then the numbers lie in memory, from where there is nothing else. */
function inKernel(build: string, name: 'sigmoid' | 'tanh', x: Float32Array): Float32Array {
  const { memory, buffer, exports } = hosts.find((host) => host.id === build) as (typeof hosts)[number];
  const one = kernel({
    name,
    inputs: { x: ['x'] },
    outputs: { y: ['y'] },
    body: (algebra, v) => ({ y: algebra[name](v.x) }),
  });
  const target = { factors: new Map(), lengths: false, shared: true, fused: build === 'relaxed' };
  const { bytes, words } = compile(one, target);
  const [input, output] = [4 * PLACE, 4 * (PLACE + x.length)];
  const values: Record<string, number> = { width: x.length, batch: 1, t: 0, 'in x': input, 'out y': output };
  new Int32Array(buffer).set(words.map((word) => values[word.name] ?? 0));
  new Float32Array(buffer).set(x, PLACE);
  const instance = new wasm.Instance(new wasm.Module(bytes), { env: { memory, log: exports.log4 } });
  (instance.exports.run as (words: number, from: number, to: number) => void)(0, 0, 1);
  return new Float32Array(buffer.slice(output, output + 4 * x.length));
}

/** Float32 numbers all over the range, by their bits: every exponent, with its mantissas in steps. */
const everywhere = Float32Array.from(
  new Float32Array(Int32Array.from({ length: 2 ** 16 }, (_, i) => i * 65_521 + 1).buffer),
).filter(Number.isFinite);
/** Where the functions bend, densely. */
const bends = Float32Array.from({ length: 200_001 }, (_, i) => (i - 100_000) / 5000);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe.each(builds)('$id', ({ module }) => {
  test.each([
    ['sigmoid', sigmoid],
    ['tanh', Math.tanh],
  ] as const)('%s is within 2e-7 everywhere', (name, exact) => {
    for (const x of [everywhere, bends]) {
      const found = apply(module, name, x);
      const worst = x.reduce((error, value, i) => Math.max(error, Math.abs(at(found, i) - exact(value))), 0);
      expect(worst).toBeLessThan(2e-7);
      expect(found.every((y) => Math.abs(y) <= 1)).toBe(true);
      expect(found.every((y) => y === 0 || Math.abs(y) >= SMALLEST)).toBe(true);
    }
  });

  test('tanh is odd, and as exact near 0 as the numbers are', () => {
    // What is smaller is flushed.
    const x = everywhere.filter((value) => Math.abs(value) >= SMALLEST && Math.abs(value) < 0.7);
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
    ['exp', Math.exp, (x: number) => x > -69 && x < 88.7],
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
    ['tanh', [inf, -inf, nan, 0, -0, 3e38, -3e38, 2 ** -149], [1, -1, nan, 0, 0, 1, -1, 0]],
  ] as const)('%s is right at the edges', (name, x, wanted) => {
    expect([...apply(module, name, Float32Array.from(x))]).toEqual([...wanted]);
  });

  test.each(['exp', 'log', 'sigmoid', 'tanh'] as const)('%s: any NaN stays NaN', (name) => {
    const bits = [
      0x7fc0_0000, 0xffc0_0000, 0x7fc0_0001, 0x7f80_0001, 0x7fff_ffff, 0xffff_ffff, 0x7fc0_003f, 0xff80_0040,
    ];
    const x = new Float32Array(Uint32Array.from(bits).buffer);
    expect([...apply(module, name, x)]).toEqual(bits.map(() => Number.NaN));
  });

  test.each(['exp', 'log', 'sigmoid', 'tanh'] as const)('%s takes any number of numbers, in place too', (name) => {
    const x = Float32Array.from({ length: 11 }, (_, i) => i + 0.5);
    const all = apply(module, name, x);
    for (let n = 1; n <= x.length; n++) {
      expect(apply(module, name, x.slice(0, n))).toEqual(all.slice(0, n));
      if (name === 'sigmoid' || name === 'tanh') continue;
      const place = x.slice(0, n);
      module.call(name, [place, place, n], [place]);
      expect(place).toEqual(all.slice(0, n));
    }
  });
});
