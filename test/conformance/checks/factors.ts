import { type Algebra, type Factor, type Indices, type Kernel, kernel, type Ops, type Values } from 'keepgate';
import { agrees, bits, type Check, numbers, some } from './check.ts';

const T = 4;
const B = 3;
const N = 5;
const GATES = 2;

/** Factors of every way to share, two tables of rows, and a number: what a kernel may meet in one call. */
const TABLE: Readonly<Record<string, Factor>> = {
  fixed: factor('fixed', { gate: 0, time: 0, row: N, unit: 1 }, B * N),
  // These come after bytes, whose count is odd: an engine has to align them.
  numbers: ofNumbers('numbers', { gate: 0, time: B * N, row: N, unit: 1 }, T * B * N),
  untiedNumbers: ofNumbers('untied numbers', { gate: B * N, time: 0, row: N, unit: 1 }, GATES * B * N),
  sampleNumbers: ofNumbers('sample numbers', { gate: 0, time: 0, row: 1, unit: 0 }, B),
  oneNumber: ofNumbers('one number', { gate: 0, time: 0, row: 0, unit: 0 }, 1),
  steps: factor('steps', { gate: 0, time: B * N, row: N, unit: 1 }, T * B * N),
  untied: factor('untied', { gate: B * N, time: 0, row: N, unit: 1 }, GATES * B * N),
  untiedSteps: factor('untied steps', { gate: T * B * N, time: B * N, row: N, unit: 1 }, GATES * T * B * N),
  sample: factor('sample', { gate: 0, time: 0, row: 1, unit: 0 }, B),
  batch: factor('batch', { gate: 0, time: N, row: 0, unit: 1 }, T * N),
  number: { values: Uint8Array.of(1), scale: 0.7, strides: { gate: 0, time: 0, row: 0, unit: 0 } },
};

function factor(name: string, strides: Factor['strides'], count: number): Factor {
  return { values: bits(name, count), scale: 1 / 0.7, strides };
}

function ofNumbers(name: string, strides: Factor['strides'], count: number): Factor {
  return { values: Float32Array.from(numbers(name, count, -1, 3)), scale: 1 / 0.7, strides };
}

/** How factors, lengths, t and batch come to kernels. */
export const FACTORS: readonly Check[] = [
  ...Object.keys(TABLE).flatMap((name) =>
    [0, ...(name.startsWith('untied') ? [1] : [])].flatMap((gate) => {
      const one = factorKernel(name, gate);
      return [
        agrees(`the factor ${name} of gate ${gate}, all steps`, (ops) => [
          ops.run(one, { ...given(ops, [T, B]), batch: B }).y,
        ]),
        agrees(`the factor ${name} of gate ${gate}, one step after the other`, (ops) =>
          [0, 1, T - 1].map((t) => ops.run(one, { ...given(ops, [B]), t }).y),
        ),
      ];
    }),
  ),
  agrees('factors that were not uploaded, and no factors at all', (ops) => {
    const one = factorKernel('missing', 0);
    const { inputs, factors } = given(ops, [T, B]);
    return [ops.run(one, { inputs, factors, batch: B }).y, ops.run(one, { inputs }).y];
  }),
  agrees('several factors in one kernel, some of them missing', (ops) => {
    const { y } = ops.run(severalKernel, { ...given(ops, [T - 1, B]), t: 1, batch: B });
    return [y];
  }),

  ...[null, 1, 2].flatMap((t) => [
    agrees(`live by lengths, ${t === null ? 'all steps' : `step ${t}`}`, (ops) => {
      const inputs = { x: some(ops, 'x', [...(t === null ? [T] : []), B, N]) };
      return Object.values(ops.run(liveKernel, { inputs, lengths: lengthsOf(ops), ...(t === null ? {} : { t }) }));
    }),
  ]),
  agrees('live by lengths from a step on, for a batch that is told', (ops) => {
    const inputs = { x: some(ops, 'x', [T - 1, B, N]) };
    return Object.values(ops.run(liveKernel, { inputs, lengths: lengthsOf(ops), t: 1, batch: B }));
  }),
  agrees('live without lengths', (ops) => Object.values(ops.run(liveKernel, { inputs: given(ops, [T, B]).inputs }))),
  agrees('live over more rows than fit a power of two', (ops) => {
    const lengths = ops.uploadIndices([23, 0, 11, 22, 5, 1, 17], [7]);
    return Object.values(ops.run(liveKernel, { inputs: { x: some(ops, 'x', [23, 7, N]) }, lengths }));
  }),
  agrees('factors, lengths, scalars, an input of one row and several results together', (ops) => {
    const { factors } = given(ops, [B]);
    const inputs = { wide: some(ops, 'wide', [B, 2 * N]), row: some(ops, 'row', [1, N]) };
    const args = { inputs, factors, lengths: lengthsOf(ops), scalars: { s: -0.75 }, t: 2 };
    const { left, right } = ops.run(togetherKernel, args);
    return [right, left];
  }),
];

function given(ops: Ops, outer: readonly number[]) {
  return { inputs: { x: some(ops, 'x', [...outer, N]) }, factors: ops.uploadFactors(TABLE) };
}

function lengthsOf(ops: Ops): Indices {
  return ops.uploadIndices([2, 0, T], [B]);
}

function factorKernel(name: string, gate: number): Kernel<{ x: ['x'] }, { y: ['y'] }> {
  return {
    name: `factor ${name} ${gate}`,
    inputs: { x: ['x'] },
    factors: { [name]: gate },
    outputs: { y: ['y'] },
    body: <V>({ mul }: Algebra<V>, v: Values<V, string>) => ({ y: mul(v.x as V, v[name] as V) }),
  };
}

const severalKernel = kernel({
  name: 'several factors',
  inputs: { x: ['x'] },
  factors: {
    fixed: 0,
    untied: 1,
    untiedSteps: 1,
    sample: 0,
    batch: 0,
    number: 0,
    missing: 0,
    absent: 1,
    numbers: 0,
    untiedNumbers: 1,
    sampleNumbers: 0,
  },
  outputs: { y: ['rows', 'shared', 'none', 'real'] },
  body: ({ add, mul }, v) => ({
    rows: add(mul(v.x, v.fixed), add(v.untied, v.untiedSteps)),
    shared: add(mul(v.sample, v.x), add(v.batch, v.number)),
    none: add(mul(v.missing, v.x), v.absent),
    real: add(mul(v.numbers, v.x), add(v.untiedNumbers, v.sampleNumbers)),
  }),
});

const liveKernel = kernel({
  name: 'live',
  inputs: { x: ['x'] },
  outputs: { y: ['y', 'bare'], held: ['held'] },
  body: ({ constant, mul, blend }, v) => ({
    y: mul(v.live, v.x),
    bare: v.live,
    held: blend(v.live, v.x, constant(-9)),
  }),
});

const togetherKernel = kernel({
  name: 'together',
  inputs: { wide: ['a', 'b'], row: ['r'] },
  factors: { untied: 1, steps: 0, sample: 0 },
  scalars: ['s'],
  outputs: { left: ['p'], right: ['q', 'z'] },
  body: ({ add, mul, sigmoid, blend }, v) => ({
    p: mul(add(v.a, mul(v.s, v.r)), v.untied),
    q: blend(v.live, sigmoid(mul(v.b, v.steps)), v.r),
    z: mul(v.live, mul(v.sample, v.a)),
  }),
});
