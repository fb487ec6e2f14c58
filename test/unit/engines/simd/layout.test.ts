import { describe, expect, test } from 'vitest';
import type { CallLayout } from '#simd.js';
import type { RunKernel } from '../../../../src/engines/simd/module.ts';
import { instances } from './instantiate.ts';
import { at, numbers } from './module.ts';

const kernelCalls: Parameters<RunKernel>[] = [];
const hosts = instances(32, { shared: true, kernel: (...call) => kernelCalls.push(call) });

/** Where operands are, in bytes: far from each other, and from the words of calls. */
const [A, B, BIAS, PLUS, ENTRIES] = [0x10000, 0x20000, 0x30000, 0x40000, 0x50000];
const [PACKED, WORK, FOUND, WANTED] = [0x60000, 0x70000, 0x80000, 0x90000];
const ROOM = 0x8000;
/** No two sizes, and no two distances between rows, are the same. */
const { m, n, k, lda, ldb, ldc, ldp } = { m: 5, n: 19, k: 21, lda: 22, ldb: 25, ldc: 27, ldp: 29 };

describe.each(hosts)('$id: a call does what its words say, as the host writes them:', ({ exports, layout, buffer }) => {
  const { operations, write } = layout;
  const [integers, floats] = [new Int32Array(buffer), new Float32Array(buffer)];
  const start = layout.callAddresses[1];
  const resultAt = (place: number): Float32Array => floats.slice(place / 4, (place + ROOM) / 4);

  /** The operation gives at FOUND what `apply` makes of the same operands at WANTED. */
  function expectSame(
    operation: keyof CallLayout['operations'],
    apply: () => void,
    writeWords: (at: number) => number,
  ): void {
    floats.fill(0);
    for (const [i, place] of [A, B, BIAS, PLUS, ENTRIES].entries()) floats.set(numbers(ROOM / 4, i), place / 4);
    apply();
    expect(resultAt(WANTED).some((value) => value !== 0)).toBe(true);
    writeWords(start / 4);
    exports.begin(operations[operation], start, 1);
    expect(resultAt(FOUND)).toEqual(resultAt(WANTED));
  }

  /** A factor of bytes, or of numbers, for the rows of an operand of `width` columns: sample r % 3 at step 2 + r / 3. */
  const factorFor = (width: number, isBytes: boolean) => {
    const size = isBytes ? 1 : 4;
    const strides = { time: size * 3 * width, row: size * width, unit: size };
    const words = {
      entries: ENTRIES,
      scale: 1.75,
      ...strides,
      isBytes: isBytes ? 1 : 0,
      t: 2,
      batch: 3,
      kept: 0,
      keptTime: 0,
    };
    return {
      words,
      /** x ⊙ factor, in place. */
      apply(x: number, ldx: number, rows: number): void {
        const bytes = new Uint8Array(buffer);
        for (let row = 0; row < rows; row++) {
          const line = (2 + Math.floor(row / 3)) * 3 + (row % 3);
          for (let col = 0; col < width; col++) {
            const entry = line * width + col;
            const value = isBytes ? 1.75 * at(bytes, ENTRIES + entry) : at(floats, ENTRIES / 4 + entry);
            floats[x / 4 + row * ldx + col] = at(floats, x / 4 + row * ldx + col) * Math.fround(value);
          }
        }
      },
    };
  };
  const product = { rowsOfPart: m, columnsOfPart: n, c: FOUND, ldc, a: A, lda, packed: PACKED, m, n, k };
  const added = { bias: BIAS, plus: PLUS, ldp };

  test.each(['no factor', 'a factor of numbers', 'a factor of bytes'])('multiply, with %s on the left', (which) => {
    const factor = which === 'no factor' ? null : factorFor(k, which === 'a factor of bytes');
    expectSame(
      'multiply',
      () => {
        exports.pack(PACKED, B, ldb, n, k);
        const kept = resultAt(A);
        factor?.apply(A, lda, m);
        exports.multiply(WANTED, ldc, A, lda, PACKED, BIAS, PLUS, ldp, m, n, k, 0);
        floats.set(kept, A / 4);
      },
      (word) => {
        const call = { ...product, ...added, onLeft: 1, work: WORK, rowsOfWork: 4, units: ldc };
        const none = { ...factorFor(k, true).words, entries: 0 };
        return write.factor(integers, floats, write.multiplyCall(integers, floats, word, call), factor?.words ?? none);
      },
    );
  });

  test('multiply, with a factor on the result', () => {
    const factor = factorFor(n, false);
    expectSame(
      'multiply',
      () => {
        exports.pack(PACKED, B, ldb, n, k);
        exports.multiply(WANTED, ldc, A, lda, PACKED, 0, 0, 0, m, n, k, 0);
        factor.apply(WANTED, ldc, m);
      },
      (word) => {
        const call = { ...product, bias: 0, plus: 0, ldp: 0, onLeft: 0, work: WORK, rowsOfWork: 4, units: ldc };
        return write.factor(integers, floats, write.multiplyCall(integers, floats, word, call), factor.words);
      },
    );
  });

  test('multiplyTransposed', () => {
    expectSame(
      'multiplyTransposed',
      () => {
        exports.packBlocks(PACKED, B, ldb, n, k, 0, 0, 0, 1);
        exports.multiplyTransposed(WANTED, ldc, A, lda, PACKED, WORK, m, n, k);
      },
      (word) => {
        const all = { list: 0, sums: 0, units: ldc };
        const call = { rowsOfPart: m, c: FOUND, ldc, a: A, lda, packed: PACKED, work: WORK, m, n, k, ...all };
        return write.multiplyTransposedCall(integers, floats, word, call);
      },
    );
  });

  test('packBlocks', () => {
    const factor = factorFor(n, true);
    expectSame(
      'packBlocks',
      () => {
        const kept = resultAt(B);
        factor.apply(B, ldb, k);
        exports.packBlocks(WANTED, B, ldb, n, k, 0, 0, 0, 1);
        floats.set(kept, B / 4);
      },
      (word) => {
        const call = { blocksOfPart: 1, packed: FOUND, b: B, ldb, work: WORK, n, k };
        return write.factor(integers, floats, write.packBlocksCall(integers, floats, word, call), factor.words);
      },
    );
  });

  test.each(['pack', 'packTransposed'] as const)('%s', (way) => {
    expectSame(
      way,
      () => exports[way](WANTED, B, ldb, n, k),
      (word) => write.packCall(integers, floats, word, { columnsOfPart: n, packed: FOUND, b: B, ldb, n, k, list: 0 }),
    );
  });

  test('sumRows', () => {
    expectSame(
      'sumRows',
      () => exports.sumRows(WANTED, A, lda, m, k),
      (word) =>
        write.sumRowsCall(integers, floats, word, { columnsOfPart: k, to: FOUND, x: A, ldx: lda, rows: m, n: k }),
    );
  });

  test('kernel', () => {
    const call = { rows: 7, rowsOfPart: 4, slot: 3, code: A, codeBytes: 99 };
    const words = 4 * write.kernelCall(integers, floats, start / 4, call);
    kernelCalls.length = 0;
    exports.begin(operations.kernel, start, 1);
    expect(kernelCalls).toEqual([[3, A, 99, words, 0, 4]]);
    const places = layout.callAddresses[1] - layout.callAddresses[0];
    expect(layout.kernelWords).toBe((places - (words - start)) / 4);
  });
});
