import type { Factor, FactorUse, Handle, Ops } from 'keepgate';
import { agrees, bits, type Check, numbers, some } from './check.ts';

/** Sizes of a product: rows, width of x, and columns of the result. */
type Sizes = readonly [rows: number, inner: number, columns: number];

const SIZES: readonly Sizes[] = [
  [1, 1, 1],
  [3, 5, 7],
  [4, 8, 12],
  [33, 70, 130],
  [130, 33, 9],
];

/** Rows as samples of steps: x [T,B,N]. */
const T = 5;
const B = 3;
const N = 7;
const GATES = 3;
const H = 4;

/** How a factor may be shared: the strides count in an array [gate][step][row][unit] without the shared axes. */
const FACTORS: Readonly<Record<string, Factor>> = {
  'tied, per sequence': factor('tied', [0, 0, N, 1], B * N),
  'tied, per step': factor('tied steps', [0, B * N, N, 1], T * B * N),
  'untied, per sequence': factor('untied', [B * N, 0, N, 1], GATES * B * N),
  'untied, per step': factor('untied steps', [T * B * N, B * N, N, 1], GATES * T * B * N),
  'one row for all samples': factor('one row', [0, 0, 0, 1], N),
  'one number a sample': factor('one a sample', [0, 0, 1, 0], B),
  'numbers, untied, per step': ofNumbers('numbers', [T * B * N, B * N, N, 1], GATES * T * B * N),
  'numbers, tied, per sequence': ofNumbers('tied numbers', [0, 0, N, 1], B * N),
  'a real number a sample': ofNumbers('number a sample', [0, 0, 1, 0], B),
  'one number': { values: Uint8Array.of(1), scale: 0.3, strides: { gate: 0, time: 0, row: 0, unit: 0 } },
};

function factor(
  name: string,
  [gate, time, row, unit]: readonly [number, number, number, number],
  count: number,
): Factor {
  return { values: bits(name, count), scale: 1 / 0.65, strides: { gate, time, row, unit } };
}

function ofNumbers(name: string, strides: Parameters<typeof factor>[1], count: number): Factor {
  return { ...factor(name, strides, count), values: Float32Array.from(numbers(name, count, -1, 3)) };
}

export const PRODUCTS: readonly Check[] = [
  ...SIZES.flatMap(bySize),
  ...Object.entries(FACTORS).flatMap(([name, one]) => byFactor(name, one)),
  ...byFactor('a name that was not uploaded', null),

  agrees('products of the gates from the second on', (ops) => {
    const use = { ...uploaded(ops, FACTORS['untied, per step'] as Factor), gates: 2, firstGate: 1, t: 2 };
    const [x, w, dy] = [some(ops, 'x', [B, N]), some(ops, 'w', [2 * H, N]), some(ops, 'dy', [B, 2 * H])];
    return [
      ops.project(x, w, { factor: use, bias: some(ops, 'bias', [2 * H]), plus: some(ops, 'plus', [B, 2 * H]) }),
      ops.projectInputGrad(dy, w, { factor: use }),
      ops.projectWeightGrad(dy, x, { factor: use }),
    ];
  }),
  agrees('products of views: one step, some rows of w, a part of a bias', (ops) => {
    const x = ops.at(some(ops, 'x', [T, B, N]), T - 1);
    const w = ops.rows(some(ops, 'w', [12, N]), 5, 12);
    const dy = ops.at(some(ops, 'dy', [T, B, 7]), 2);
    const bias = ops.rows(some(ops, 'bias', [12]), 5, 12);
    const plus = ops.at(some(ops, 'plus', [T, B, 7]), 1);
    return [
      ops.project(x, w, { bias, plus }),
      ops.projectInputGrad(dy, w, { plus: ops.at(some(ops, 'more', [T, B, N]), 3) }),
      ops.projectWeightGrad(dy, x),
    ];
  }),
  agrees('a product over one row', (ops) => [
    ops.project(some(ops, 'row', [1, 9]), some(ops, 'w', [6, 9]), { plus: some(ops, 'plus', [1, 6]) }),
    ops.projectWeightGrad(some(ops, 'dy', [1, 6]), some(ops, 'row', [1, 9])),
  ]),
  agrees('products of products', (ops) => {
    const [x, w] = [some(ops, 'x', [6, 5]), some(ops, 'w', [5, 5])];
    const y = ops.project(ops.project(x, w), w);
    return [y, ops.projectInputGrad(y, w), ops.projectWeightGrad(y, x)];
  }),
  agrees('a product over more than a thousand steps', (ops) => [
    ops.project(some(ops, 'long', [2, 1100]), some(ops, 'w long', [3, 1100])),
    ops.projectInputGrad(some(ops, 'long', [2, 1100]), some(ops, 'w tall', [1100, 3])),
    ops.projectWeightGrad(some(ops, 'tall', [1100, 3]), some(ops, 'w tall', [1100, 2])),
  ]),

  ...[1, 63, 64, 65, 5000].map((rows) =>
    agrees(`the sum over ${rows} rows`, (ops) => [ops.sumRows(some(ops, 'rows', [rows, 3]))]),
  ),
  agrees('the sum over the rows of steps', (ops) => [ops.sumRows(some(ops, 'steps', [9, 13, 5]))]),
  agrees('the sum over the rows of a view', (ops) => [ops.sumRows(ops.rows(some(ops, 'rows', [90, 3]), 7, 88))]),
  ...[[1], [65], [9, 8], [5000, 1], [3, 4, 5], [40, 120]].map((shape) =>
    agrees(`the sum of all of [${shape}]`, (ops) => [ops.sum(some(ops, 'all', shape))]),
  ),
  agrees('sums that are joined', (ops) => [
    ops.concat([ops.sum(some(ops, 'one', [3, 3])), ops.sum(some(ops, 'two', [70])), ops.sum(some(ops, 'three', [1]))]),
  ]),
];

function bySize(sizes: Sizes): Check[] {
  const [rows, inner, columns] = sizes;
  const x = (ops: Ops): Handle => some(ops, 'x', [rows, inner]);
  const w = (ops: Ops): Handle => some(ops, 'w', [columns, inner]);
  const dy = (ops: Ops): Handle => some(ops, 'dy', [rows, columns]);
  const bias = (ops: Ops): Handle => some(ops, 'bias', [columns]);
  const plus = (ops: Ops): Handle => some(ops, 'plus', [rows, columns]);
  const named = (what: string): string => `${what}, ${sizes.join(' x ')}`;
  return [
    agrees(named('project'), (ops) => [ops.project(x(ops), w(ops))]),
    agrees(named('project + bias'), (ops) => [ops.project(x(ops), w(ops), { bias: bias(ops) })]),
    agrees(named('project + plus'), (ops) => [ops.project(x(ops), w(ops), { plus: plus(ops) })]),
    agrees(named('project + bias + plus'), (ops) => [
      ops.project(x(ops), w(ops), { bias: bias(ops), plus: plus(ops) }),
    ]),
    agrees(named('projectInputGrad'), (ops) => [ops.projectInputGrad(dy(ops), w(ops))]),
    agrees(named('projectInputGrad + plus'), (ops) => [ops.projectInputGrad(dy(ops), w(ops), { plus: x(ops) })]),
    agrees(named('projectWeightGrad'), (ops) => [ops.projectWeightGrad(dy(ops), x(ops))]),
  ];
}

/** The three products under a factor: all steps at once, and a single step. */
function byFactor(name: string, one: Factor | null): Check[] {
  const w = (ops: Ops): Handle => some(ops, 'w', [GATES * H, N]);
  const bias = (ops: Ops): Handle => some(ops, 'bias', [GATES * H]);
  const use = (ops: Ops): FactorUse => ({ ...uploaded(ops, one), gates: GATES, batch: B });
  const places: readonly [string, readonly number[], Pick<FactorUse, 't'>][] = [
    ['all steps', [T, B], {}],
    ['one step', [B], { t: 3 }],
    ['steps from the third on', [T - 2, B], { t: 2 }],
  ];
  return places.flatMap(([where, outer, steps]) => {
    const x = (ops: Ops): Handle => some(ops, 'x', [...outer, N]);
    const dy = (ops: Ops): Handle => some(ops, 'dy', [...outer, GATES * H]);
    const plus = (ops: Ops): Handle => some(ops, 'plus', [...outer, GATES * H]);
    return [
      agrees(`project, factor ${name}, ${where}`, (ops) => {
        const factored = { factor: { ...use(ops), ...steps } };
        return [
          ops.project(x(ops), w(ops), factored),
          ops.project(x(ops), w(ops), { ...factored, bias: bias(ops), plus: plus(ops) }),
        ];
      }),
      agrees(`projectInputGrad, factor ${name}, ${where}`, (ops) => {
        const factored = { factor: { ...use(ops), ...steps } };
        return [
          ops.projectInputGrad(dy(ops), w(ops), factored),
          ops.projectInputGrad(dy(ops), w(ops), { ...factored, plus: x(ops) }),
        ];
      }),
      agrees(`projectWeightGrad, factor ${name}, ${where}`, (ops) => [
        ops.projectWeightGrad(dy(ops), x(ops), { factor: { ...use(ops), ...steps } }),
      ]),
    ];
  });
}

/** A factor beside another of the same width and one of another, so that it is not the first in its table. */
function uploaded(ops: Ops, one: Factor | null): Pick<FactorUse, 'factors' | 'name'> {
  const others = { before: factor('before', [0, 0, N, 1], 2 * N), narrow: factor('narrow', [0, 0, 2, 1], 4) };
  return { factors: ops.uploadFactors({ ...others, ...(one && { asked: one }) }), name: 'asked' };
}
