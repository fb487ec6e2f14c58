import { describe, expect, test } from 'vitest';
import { createSimdEngine } from '../../../../src/engines/simd/engine.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { at, builds, numbers } from './module.ts';

const EPSILON = 1e-5;

/** Each row normalised, and 1 / its deviation, in float64. */
function normalised(x: Float32Array, n: number, epsilon: number): { y: number[]; inverse: number[] } {
  const [y, inverse]: [number[], number[]] = [[], []];
  for (let from = 0; from < x.length; from += n) {
    const row = [...x.subarray(from, from + n)];
    const mean = row.reduce((sum, value) => sum + value, 0) / n;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    const factor = 1 / Math.sqrt(variance + epsilon);
    inverse.push(factor);
    y.push(...row.map((value) => (value - mean) * factor));
  }
  return { y, inverse };
}

/** The gradient by x of sum(dy · normalised(x)), in float64. */
function gradient(y: ArrayLike<number>, inverse: ArrayLike<number>, dy: Float32Array, n: number): number[] {
  return Array.from(dy, (_, i) => {
    const row = Math.floor(i / n);
    let [sum, dot] = [0, 0];
    for (let j = row * n; j < (row + 1) * n; j++) {
      sum += at(dy, j);
      dot += at(dy, j) * at(y, j);
    }
    return (at(dy, i) - sum / n - (at(y, i) * dot) / n) * at(inverse, row);
  });
}

function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, error = 1e-6): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const off = Math.abs(at(found, i) - at(wanted, i)) / Math.max(1, Math.abs(at(wanted, i)));
    if (!(off <= error)) expect.fail(`number ${i}: ${at(wanted, i)} was expected, but ${at(found, i)} came`);
  }
}

const ROWS = 3;

describe.each(builds)('$id', ({ module }) => {
  const normalise = (x: Float32Array, n: number, epsilon = EPSILON) => {
    const [y, inverse] = [new Float32Array(x.length), new Float32Array(x.length / n)];
    module.call('normalise', [y, inverse, x, x.length / n, n, epsilon], [y, inverse]);
    return { y, inverse };
  };

  describe.each([1, 3, 4, 17, 300])('rows of %i', (n) => {
    test.each([
      ['as they come', (x: number) => x],
      ['far from 0', (x: number) => 10_000 + x],
      ['far from 0, and far apart', (x: number) => 3e6 + 1000 * x],
      ['large, with squares beyond float32', (x: number) => 1e25 * x],
    ])('%s', (_, place) => {
      const x = numbers(ROWS * n, n).map(place);
      const { y, inverse } = normalise(x, n);
      const wanted = normalised(x, n, EPSILON);
      expectClose(y, wanted.y);
      expect(inverse.every((factor, i) => Math.abs(factor / at(wanted.inverse, i) - 1) < 1e-6)).toBe(true);
    });

    test('that are constant become 0, whatever the constant', () => {
      for (const value of [0, 0.1, -123_456.7]) {
        const { y, inverse } = normalise(new Float32Array(ROWS * n).fill(value), n);
        expect([...y]).toEqual(Array(ROWS * n).fill(0));
        expect([...inverse]).toEqual(Array(ROWS).fill(Math.fround(1 / Math.sqrt(EPSILON))));
      }
    });

    test('in place', () => {
      const x = numbers(ROWS * n, 5);
      const { y } = normalise(x, n);
      const inverse = new Float32Array(ROWS);
      module.call('normalise', [x, inverse, x, ROWS, n, EPSILON], [x, inverse]);
      expect(x).toEqual(y);
    });

    test('their gradient, in place too', () => {
      const { y, inverse } = normalise(numbers(ROWS * n, 6), n, 0.1);
      const dy = numbers(ROWS * n, 7).map((value) => value + 0.5);
      const dx = new Float32Array(ROWS * n);
      module.call('normaliseGrad', [dx, y, inverse, dy, ROWS, n], [dx]);
      expectClose(dx, gradient(y, inverse, dy, n));
      module.call('normaliseGrad', [dy, y, inverse, dy, ROWS, n], [dy]);
      expect(dy).toEqual(dx);
    });
  });

  test('a larger epsilon makes for smaller results', () => {
    const x = Float32Array.of(1, 3);
    expectClose(normalise(x, 2, 0).y, [-1, 1]);
    expectClose(normalise(x, 2, 3).y, [-0.5, 0.5]);
  });
});

describe('the engine', () => {
  test('sees a tensor as rows, and keeps its shape', async () => {
    const engine = await createSimdEngine({ threads: 1 });
    const values = numbers(2 * 3 * 5, 1);
    const { y, inverseDeviation } = engine.normalise(engine.upload(values, [2, 3, 5]), EPSILON);
    expect(y.shape).toEqual([2, 3, 5]);
    expect(inverseDeviation.shape).toEqual([6]);
    const wanted = normalised(values, 5, EPSILON);
    const [foundY, foundInverse] = [await engine.read(y), await engine.read(inverseDeviation)];
    expectClose(foundY, wanted.y);
    expectClose(foundInverse, wanted.inverse);
    const dy = numbers(2 * 3 * 5, 2);
    const dx = engine.normaliseGrad(y, inverseDeviation, engine.upload(dy, [2, 3, 5]));
    expect(dx.shape).toEqual([2, 3, 5]);
    expectClose(await engine.read(dx), gradient(foundY, foundInverse, dy, 5));
    await engine.dispose();
  });

  test('refuses operands of other sizes', async () => {
    const engine = await createSimdEngine({ threads: 1 });
    const [y, dy] = [engine.zeros([2, 3]), engine.zeros([2, 3])];
    await expectRefusal(() => engine.normaliseGrad(y, engine.zeros([3]), dy), Error, 'normaliseGrad');
    await expectRefusal(() => engine.normaliseGrad(y, engine.zeros([2]), engine.zeros([2, 2])), Error, 'normaliseGrad');
    await engine.dispose();
  });
});
