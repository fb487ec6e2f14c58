import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as reference from '../../../../src/engines/reference/row-operations.ts';
import { at, builds, numbers } from './module.ts';

const rows = fc.integer({ min: 1, max: 200 });
const width = fc.integer({ min: 1, max: 40 });
const seed = fc.integer();
const RUNS = 60;

const doubles = (x: Float32Array): Float64Array => Float64Array.from(x);

/** Equal up to float32's rounding of results of such a size. */
function expectClose(found: ArrayLike<number>, wanted: ArrayLike<number>, size = 1): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(at(found, i) - at(wanted, i));
    if (!(error <= 1e-6 * size)) expect.fail(`number ${i}: ${at(wanted, i)} was expected, but ${at(found, i)} came`);
  }
}

/** Ids of `count` rows below `limit`, some of them -1. */
function ids(count: number, limit: number, from: number): Int32Array {
  return Int32Array.from(numbers(count, from), (draw) => Math.max(-1, Math.floor(((draw + 1) / 2) * (limit + 1)) - 1));
}

describe.each(builds)('$id', ({ module }) => {
  test('sumRows and sum', () => {
    fc.assert(
      fc.property(rows, width, fc.integer({ min: 0, max: 3 }), seed, (r, n, gap, from) => {
        const ldx = n + gap;
        const x = numbers((r - 1) * ldx + n, from);
        const to = new Float32Array(n).fill(Number.NaN);
        module.call('sumRows', [to, x, ldx, r, n], [to]);
        const wanted = new Float64Array(n);
        for (let row = 0; row < r; row++) {
          for (let col = 0; col < n; col++) wanted[col] = at(wanted, col) + at(x, row * ldx + col);
        }
        expectClose(to, wanted, r);
        const total = x.reduce((sum, value) => sum + value, 0);
        expect(module.call('sum', [x, x.length])).toBeCloseTo(total, 3);
      }),
      { numRuns: RUNS },
    );
  });

  test('sums of many rows keep their digits', () => {
    const x = new Float32Array(100_000).fill(0.1);
    const to = new Float32Array(1);
    module.call('sumRows', [to, x, 1, x.length, 1], [to]);
    // Added one by one, the sum would be 9998.56.
    expect(Math.abs(at(to, 0) - 10_000)).toBeLessThan(0.1);
  });

  test('softmax and its gradient', () => {
    fc.assert(
      fc.property(rows, width, fc.constantFrom(1, 30, 1000), seed, (r, n, size, from) => {
        const x = numbers(r * n, from).map((value) => size * value);
        const dy = numbers(r * n, from + 1);
        const [y, dx] = [new Float32Array(r * n), new Float32Array(r * n)];
        module.call('softmax', [y, x, r, n], [y]);
        expectClose(y, reference.softmax(doubles(x), n));
        module.call('softmaxGrad', [dx, y, dy, r, n], [dx]);
        expectClose(dx, reference.softmaxGrad(doubles(y), doubles(dy), n));
        const place = x.slice();
        module.call('softmax', [place, place, r, n], [place]);
        expect(place).toEqual(y);
      }),
      { numRuns: RUNS },
    );
  });

  test('softmaxCrossEntropy is the sum over labelled rows, divided by what is given', () => {
    fc.assert(
      fc.property(rows, width, fc.constantFrom(1, 30, 1000), seed, (r, n, size, from) => {
        const logits = numbers(r * n, from).map((value) => size * value);
        const labels = ids(r, n, from + 1);
        const grad = new Float32Array(r * n).fill(Number.NaN);
        const counted = labels.filter((label) => label >= 0).length;
        const wanted = reference.softmaxCrossEntropy(doubles(logits), n, labels);
        const loss = module.call('softmaxCrossEntropy', [grad, logits, labels, r, n, Math.max(1, counted)], [grad]);
        expect(Math.abs(loss - wanted.loss)).toBeLessThanOrEqual(1e-6 * Math.max(1, wanted.loss));
        expectClose(grad, wanted.grad);
        const place = logits.slice();
        const half = module.call(
          'softmaxCrossEntropy',
          [place, place, labels, r, n, 2 * Math.max(1, counted)],
          [place],
        );
        expect(half).toBeCloseTo(loss / 2, 9);
        expectClose(
          place,
          grad.map((value) => value / 2),
        );
      }),
      { numRuns: RUNS },
    );
  });

  test('gather and scatterAdd go by ids, and skip -1', () => {
    fc.assert(
      fc.property(rows, width, fc.integer({ min: 1, max: 20 }), seed, (r, n, entries, from) => {
        const [table, dy, at1] = [numbers(entries * n, from), numbers(r * n, from + 1), ids(r, entries, from + 2)];
        const y = new Float32Array(r * n).fill(Number.NaN);
        module.call('gather', [y, table, at1, r, n], [y]);
        expect(doubles(y)).toEqual(reference.gather(doubles(table), n, at1));
        const wanted = reference.scatterAdd(doubles(dy), n, at1, entries).map((value, i) => value + at(table, i));
        module.call('scatterAdd', [table, dy, at1, r, n], [table]);
        expectClose(table, wanted, r);
      }),
      { numRuns: RUNS },
    );
  });

  test('reverse turns the valid steps of each sample round', () => {
    const small = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(small, small, width, fc.boolean(), seed, (time, batch, n, ragged, from) => {
        const x = numbers(time * batch * n, from);
        const lengths = ragged ? ids(batch, time, from + 1).map((id) => id + 1) : null;
        const y = new Float32Array(x.length);
        module.call('reverse', [y, x, lengths, time, batch, n], [y]);
        const valid = lengths ?? new Int32Array(batch).fill(time);
        expect(doubles(y)).toEqual(reference.reverse(doubles(x), time, batch, valid));
      }),
      { numRuns: RUNS },
    );
  });
});
