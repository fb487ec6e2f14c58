import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, builds, loaded, type Module, numbers } from './module.ts';

const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 45 }));
const inner = fc.oneof(size, fc.integer({ min: 380, max: 390 }), fc.integer({ min: 700, max: 1500 }));
/** How much further apart the rows of an operand are than they are long. */
const gap = fc.integer({ min: 0, max: 3 });
const seed = fc.integer();
const shapes = fc.record({ m: size, n: size, k: inner, gapA: gap, gapB: gap, gapC: gap, gapP: gap, seed });
type Shapes = typeof shapes extends fc.Arbitrary<infer S> ? S : never;
const RUNS = 30;

/** Rows of `width` numbers, `width + gap` apart; the last one ends where it ends. */
const rowsOf = (rows: number, width: number, gap: number, from: number): Float32Array =>
  numbers((rows - 1) * (width + gap) + width, from);

/** Each entry of c is the sum of its products, up to the rounding of so many terms of such a size. */
function expectProduct(
  c: Float32Array,
  { m, n, k, gapC }: Shapes,
  term: (row: number, col: number, i: number) => number,
  rest: (row: number, col: number) => number,
): void {
  for (let row = 0; row < m; row++) {
    for (let col = 0; col < n; col++) {
      let sum = rest(row, col);
      let size = Math.abs(sum);
      for (let i = 0; i < k; i++) {
        sum += term(row, col, i);
        size += Math.abs(term(row, col, i));
      }
      const error = Math.abs(at(c, row * (n + gapC) + col) - sum);
      if (!(error <= 1e-6 * size)) expect.fail(`entry ${row},${col} is off by ${error}, for terms of ${size} in all`);
    }
  }
}

function packed(
  module: Module,
  b: Float32Array,
  ldb: number,
  n: number,
  k: number,
  how: 'pack' | 'packTransposed',
): Float32Array {
  const into = new Float32Array(module.exports.packedBytes(n, k) / 4).fill(Number.NaN);
  module.call(how, [into, b, ldb, n, k], [into]);
  return into;
}

describe.each(builds)('$id', ({ id, module }) => {
  test.each(['pack', 'packTransposed'] as const)('%s lays out panels of columns, zeros at the end', (how) => {
    fc.assert(
      fc.property(size, size, gap, seed, (n, k, gapB, from) => {
        const [rows, width] = how === 'pack' ? [k, n] : [n, k];
        const b = rowsOf(rows, width, gapB, from);
        const ldb = width + gapB;
        const { panelColumns } = module.layout;
        const wanted = new Float32Array(Math.ceil(n / panelColumns) * panelColumns * k);
        for (let i = 0; i < k; i++) {
          for (let col = 0; col < n; col++) {
            const panel = Math.floor(col / panelColumns) * panelColumns * k;
            const place = panel + i * panelColumns + (col % panelColumns);
            wanted[place] = at(b, how === 'pack' ? i * ldb + col : col * ldb + i);
          }
        }
        expect(packed(module, b, ldb, n, k, how)).toEqual(wanted);
      }),
      { numRuns: RUNS },
    );
  });

  test.each(['nt', 'nn'] as const)('multiply, %s: a b + bias + plus', (kind) => {
    fc.assert(
      fc.property(shapes, fc.boolean(), fc.boolean(), (sizes, hasBias, hasPlus) => {
        const { m, n, k, gapA, gapB, gapC, gapP } = sizes;
        const transposed = kind === 'nt';
        const [lda, ldb, ldc, ldp] = [k + gapA, (transposed ? k : n) + gapB, n + gapC, n + gapP];
        const a = rowsOf(m, k, gapA, sizes.seed);
        const b = transposed ? rowsOf(n, k, gapB, sizes.seed + 1) : rowsOf(k, n, gapB, sizes.seed + 1);
        const bias = hasBias ? numbers(n, sizes.seed + 2) : null;
        const plus = hasPlus ? rowsOf(m, n, gapP, sizes.seed + 3) : null;
        const panels = packed(module, b, ldb, n, k, transposed ? 'packTransposed' : 'pack');
        const c = new Float32Array((m - 1) * ldc + n).fill(Number.NaN);
        module.call('multiply', [c, ldc, a, lda, panels, bias, plus, ldp, m, n, k], [c]);
        expectProduct(
          c,
          sizes,
          (row, col, i) => at(a, row * lda + i) * at(b, transposed ? col * ldb + i : i * ldb + col),
          (row, col) => (bias ? at(bias, col) : 0) + (plus ? at(plus, row * ldp + col) : 0),
        );
      }),
      { numRuns: RUNS },
    );
  });

  test('packBlocks and multiplyTransposed: aᵀ b', () => {
    fc.assert(
      fc.property(shapes, fc.boolean(), (sizes, wide) => {
        const { n, k, gapA, gapB, gapC } = sizes;
        // Beyond the columns that are transposed at a time.
        const m = wide && k < 100 ? sizes.m + 120 : sizes.m;
        const [lda, ldb, ldc] = [m + gapA, n + gapB, n + gapC];
        const a = rowsOf(k, m, gapA, sizes.seed);
        const b = rowsOf(k, n, gapB, sizes.seed + 1);
        const { blockRows, packedBytes, transposedWorkBytes } = module.exports;
        const blocks = Math.ceil(k / blockRows());
        const packed = new Float32Array((blocks * packedBytes(n, blockRows())) / 4).fill(Number.NaN);
        module.call('packBlocks', [packed, b, ldb, n, k, null, null, 0, blocks], [packed]);
        const work = new Float32Array(transposedWorkBytes(m, k) / 4).fill(Number.NaN);
        const c = new Float32Array((m - 1) * ldc + n).fill(Number.NaN);
        // What is left in `work` has no meaning, and depends on nothing but the operands.
        module.call('multiplyTransposed', [c, ldc, a, lda, packed, work, m, n, k], [c, work]);
        expectProduct(
          c,
          { ...sizes, m },
          (row, col, i) => at(a, i * lda + row) * at(b, i * ldb + col),
          () => 0,
        );
      }),
      { numRuns: RUNS },
    );
  });

  test('a memory that is not shared does as well', () => {
    const apart = loaded(false).find((build) => build.id === id)?.module as Module;
    const [a, b, found, wanted] = [numbers(15, 1), numbers(15, 2), new Float32Array(9), new Float32Array(9)];
    for (const [each, into] of [
      [apart, found],
      [module, wanted],
    ] as const) {
      each.call('multiply', [into, 3, a, 5, packed(each, b, 3, 3, 5, 'pack'), null, null, 0, 3, 3, 5], [into]);
    }
    expect(found).toEqual(wanted);
  });

  test('multiply takes the rows of a list alone: the bits of a product with zeros for the others', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 5 }), (sizes, every) => {
        const { m, n, k, gapA, gapC, gapP } = sizes;
        const [ldc, ldp] = [n + gapC, n + gapP];
        // None of them, the last one, or one in so many.
        const taken = Array.from({ length: k }, (_, i) => i).filter((i) => every > 0 && (k - 1 - i) % every === 0);
        const whole = numbers(m * k, sizes.seed).map((value, i) => (taken.includes(i % k) ? value : 0));
        const lda = taken.length + gapA;
        const compact = new Float32Array(Math.max(1, m * lda)).fill(Number.NaN);
        for (let row = 0; row < m; row++)
          for (const [j, i] of taken.entries()) compact[row * lda + j] = whole[row * k + i] as number;
        const panels = packed(module, rowsOf(n, k, 0, sizes.seed + 1), k, n, k, 'packTransposed');
        const [bias, plus] = [numbers(n, sizes.seed + 2), rowsOf(m, n, gapP, sizes.seed + 3)];
        const list = Int32Array.of(taken.length, ...taken.map((i) => 4 * module.layout.panelColumns * i));
        const [found, wanted] = [list, null].map(() => new Float32Array((m - 1) * ldc + n)) as [
          Float32Array,
          Float32Array,
        ];
        module.call('multiply', [found, ldc, compact, lda, panels, bias, plus, ldp, m, n, k, list], [found]);
        module.call('multiply', [wanted, ldc, whole, k, panels, bias, plus, ldp, m, n, k, null], [wanted]);
        expect(found.map((value) => value + 0)).toEqual(wanted.map((value) => value + 0));
      }),
      { numRuns: RUNS },
    );
  });

  test('plus may be the result itself', () => {
    const [m, n, k] = [6, 11, 800];
    const [a, b] = [numbers(m * k, 1), numbers(n * k, 2)];
    const panels = packed(module, b, k, n, k, 'packTransposed');
    const [apart, plus] = [new Float32Array(m * n), numbers(m * n, 3)];
    module.call('multiply', [apart, n, a, k, panels, null, plus, n, m, n, k], [apart]);
    module.call('multiply', [plus, n, a, k, panels, null, plus, n, m, n, k], [plus]);
    expect(plus).toEqual(apart);
  });

  test('no row, and no split of rows or columns, changes a bit of a product', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.nat(), (sizes, rowCut, columnCut) => {
        const { m, n, k } = sizes;
        const a = numbers(m * k, sizes.seed);
        const b = numbers(n * k, sizes.seed + 1);
        const all = new Float32Array(m * n);
        const product = (into: Float32Array, left: Float32Array, right: Float32Array): void => {
          const columns = right.length / k;
          const panels = packed(module, right, k, columns, k, 'packTransposed');
          const args = [into, columns, left, k, panels, null, null, 0, left.length / k, columns, k];
          module.call('multiply', args, [into]);
        };
        product(all, a, b);
        const cut = rowCut % m;
        const parts = [a.slice(0, cut * k), a.slice(cut * k)].filter((part) => part.length > 0);
        const joined = parts.flatMap((part) => {
          const into = new Float32Array((part.length / k) * n);
          product(into, part, b);
          return [...into];
        });
        expect(joined).toEqual([...all]);

        const first = columnCut % n;
        const columns = new Float32Array(m * (n - first));
        product(columns, a, b.slice(first * k));
        expect([...columns]).toEqual([...all].filter((_, i) => i % n >= first));
      }),
      { numRuns: RUNS },
    );
  });
});
