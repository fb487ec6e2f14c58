import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { DataError, OptionError, ShapeError } from '../../../src/errors.ts';
import { padNumbers, padTokens } from '../../../src/text/padding.ts';
import { range } from '../../helpers/tensors.ts';

const sequences = fc.array(fc.array(fc.nat({ max: 2 ** 31 - 1 }), { maxLength: 6 }), { maxLength: 5 });

test('sequences stand side by side, padded at the end', () => {
  const { ids, lengths, time, batch } = padTokens([[7, 8, 9], [5], [3, 2]]);
  // biome-ignore format: one line a timestep
  expect([...ids]).toEqual([
    7, 5, 3,
    8, 0, 2,
    9, 0, 0,
  ]);
  expect([[...lengths], time, batch]).toEqual([[3, 1, 2], 3, 3]);
});

test('a given time pads further', () => {
  const { ids, time, batch } = padTokens([[7], [5, 6]], 3);
  expect([[...ids], time, batch]).toEqual([[7, 5, 0, 6, 0, 0], 3, 2]);
});

test('empty sequences still have one timestep', () => {
  expect(padTokens([[], []])).toEqual({ ids: new Int32Array(2), lengths: new Int32Array(2), time: 1, batch: 2 });
});

test.prop([sequences, fc.nat({ max: 4 })])('cut back to its length, each sequence is the same', (samples, extra) => {
  const longest = Math.max(1, ...samples.map((sample) => sample.length));
  const { ids, lengths, time, batch } = padTokens(samples, longest + extra);
  const steps = samples.map((_, b) => Array.from({ length: time }, (_, t) => ids[t * batch + b]));
  expect(steps.map((row, b) => row.slice(0, lengths[b]))).toEqual(samples);
  expect(steps.every((row, b) => row.slice(lengths[b]).every((id) => id === 0))).toBe(true);
});

test('a sequence that is longer than the given time is refused', () => {
  expect(() => padTokens([[1], [4, 5, 6]], 2)).toThrow(
    new ShapeError('padTokens: at most 2 tokens were expected, but sample 1 (from 0) has 3; cut it or raise time'),
  );
});

test.each([[-1], [1.5], [Number.NaN], [2 ** 31]])('the id %d is refused', (id) => {
  expect(() => padTokens([[1, 2], [3], [4, 5, id]])).toThrow(
    new DataError(
      `padTokens: a whole number from 0 to 2^31 - 1 was expected at sample 2, position 2 (from 0), but ${id} came; encode the tokens with a vocabulary`,
    ),
  );
});

test('a time of 0 is refused', () => {
  expect(() => padTokens([[]], 0)).toThrow(
    new OptionError('padTokens: a whole number from 1 was expected as time, but 0 came'),
  );
});

test('samples of numbers stand side by side, padded with zeros', () => {
  const samples = [
    { steps: 1, values: [[1, 2]] },
    { steps: 2, values: Float32Array.of(3, 4, 5, 6) },
    { steps: 2, values: [Int8Array.of(7, 8), [9, 10]] },
  ];
  // biome-ignore format: one line a timestep
  expect([...padNumbers(2, samples, 3)]).toEqual([
    1, 2, 3, 4, 7, 8,
    0, 0, 5, 6, 9, 10,
    0, 0, 0, 0, 0, 0,
  ]);
  const vectors = [[1, 2], Uint8Array.of(3, 4)].map((values) => ({ steps: 1, values }));
  expect([...padNumbers(2, vectors, 1)]).toEqual([1, 2, 3, 4]);
});

test('ids come in typed arrays too, and what is no list is refused', () => {
  expect(padTokens([Uint8Array.of(7), BigInt64Array.of(5n, 6n) as never])).toEqual(padTokens([[7], [5, 6]]));
  expect(() => padTokens(7 as never)).toThrow(new DataError('padTokens: a list of sequences was expected, but 7 came'));
  expect(() => padTokens([[1], 'ab' as never])).toThrow(
    new DataError('padTokens: a list of ids was expected as sample 1 (from 0), but "ab" came'),
  );
});

describe('padNumbers', () => {
  const kinds = [
    Float32Array,
    Float64Array,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
  ];

  test.each([2, 47, 48, 60])('packs steps of %i numbers of every kind, alone and side by side', (size) => {
    const flat = kinds.map((Kind, k) => Kind.from(range(0, (1 + (k % 3)) * size).map((i) => (7 * i + k) % 120)));
    const rowsOf = (numbers: ArrayLike<number>): number[][] =>
      range(0, numbers.length / size).map((t) => Array.from(numbers).slice(t * size, (t + 1) * size));
    const typed = flat.map((values) => ({ steps: values.length / size, values }));
    const lists = flat.map((values) => ({ steps: values.length / size, values: rowsOf(values) }));
    expect([...padNumbers(size, typed, 4)]).toEqual([...padNumbers(size, lists, 4)]);
    for (const [k, sample] of typed.entries()) {
      expect([...padNumbers(size, [sample], 3)]).toEqual([...padNumbers(size, [lists[k] as (typeof lists)[0]], 3)]);
    }
  });

  test('gives float32 where no number has more, and only there', () => {
    const narrow = [Float32Array, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array];
    for (const Kind of kinds) {
      const samples = [
        { steps: 1, values: Float32Array.of(1, 2) },
        { steps: 1, values: Kind.of(3, 4) },
      ];
      expect(padNumbers(2, samples, 1)).toBeInstanceOf(narrow.includes(Kind as never) ? Float32Array : Float64Array);
    }
    expect(padNumbers(1, [{ steps: 1, values: [0.1] }], 1)).toEqual(Float64Array.of(0.1));
    const wide = padNumbers(1, [{ steps: 1, values: Int32Array.of(16_777_217) }], 1);
    expect([...wide]).toEqual([16_777_217]);
  });
});
