import { type Handle, kernel, type Ops } from 'keepgate';
import { agrees, agreesExactly, type Check, compares, numbers, type Outcome, readAll, some } from './check.ts';

/** Every operation of the algebra, and every way in which inputs, scalars and outputs lie. */
export const ELEMENTWISE: readonly Check[] = [
  ...binary('add', numbers('left', 40, -3, 3), numbers('right', 40, -3, 3)),
  ...binary('sub', numbers('left', 40, -3, 3), numbers('right', 40, -3, 3)),
  ...binary('mul', numbers('left', 40, -3, 3), numbers('right', 40, -3, 3)),
  ...binary('div', numbers('left', 40, -3, 3), numbers('right', 40, 0.3, 3)),
  ...binary('div', [1, -1, 1e30, 3, 0, 5], [1e10, 3, 1e20, -1e-4, 7, 49], ', large and small'),
  ...binary('greater', [1, 2, 2, -1, 0, -0, 1e30, -1e30, 0.1], [2, 1, 2, -2, 0, 0, 1e29, 1e-30, 0.1]),
  ...unary('sqrt', [...numbers('roots', 40, 0, 9), 0, 1, 1e-30, 1e30, 1e-6]),
  ...unary('log', [...numbers('logs', 40, 1e-3, 9), 1, 1e-30, 1e30, 0.999, 1.001]),
  ...unary('sigmoid', [...numbers('logits', 40, -8, 8), ...largeArguments()]),
  ...unary('tanh', [...numbers('logits', 40, -3, 3), ...numbers('small', 9, -0.01, 0.01), ...largeArguments()]),
  {
    // A network that broke must not look as if it had not.
    name: 'NaN stays NaN in sums, products, gates and blends',
    run: async (engine) => {
      const compute = (ops: Ops) => [ops.run(brokenKernel, { inputs: { x: ops.upload([Number.NaN], [1]) } }).y];
      const values = (await readAll(engine, () => compute(engine))).flatMap((outcome) => [...outcome.values]);
      return values.length === 5 && values.every(Number.isNaN) ? 0 : Number.POSITIVE_INFINITY;
    },
  },

  {
    name: 'float32 hands on what is smaller than 2^-100 as 0, and all else as it is, NaN and infinities too',
    run: async (engine) => {
      if (engine.dtype === 'float64') return 0;
      const x = [...KEPT, ...LOST];
      const outcomes = await readAll(engine, () => [
        ...Object.values(
          engine.run(passKernel, { inputs: { x: engine.upload(x, [1, x.length]) }, scalars: SUBNORMAL }),
        ),
        engine.softmax(engine.upload([3, -65, -67, -92, -1000, 3], [1, 6])),
      ]);
      const [same, scaled, tails] = outcomes.map(({ values }) => [...values]);
      const right =
        String(same) === String([...KEPT, ...LOST.map(() => 0)]) &&
        String(scaled) === String(x.map(() => 0)) &&
        String(tails?.map((value) => value > 0)) === String([true, true, false, false, false, true]);
      return right ? 0 : Number.POSITIVE_INFINITY;
    },
  },

  agrees('blend', (ops) => [blended(ops, numbers('keep', 40, 0, 1), numbers('fresh', 40), numbers('old', 40))]),
  agreesExactly('blend at 0 and 1 takes one of the two, bit for bit', (ops) => {
    const { POSITIVE_INFINITY: top, NEGATIVE_INFINITY: bottom } = Number;
    const keep = [1, 1, 1, 1, 0, 0, 0, 0, 1, 0];
    const fresh = [0.1, 3, -7, 1e-30, top, bottom, 1e38, 0.7, top, 3];
    const old = [top, bottom, 1e38, 0.7, 0.1, 3, -7, 1e-30, 5, bottom];
    return [blended(ops, keep, fresh.map(Math.fround), old.map(Math.fround))];
  }),
  agrees('constants: whole, negative, large and small; with values and among themselves', (ops) => [
    ops.run(constantKernel, { inputs: { x: some(ops, 'x', [3, 4]) } }).y,
  ]),
  agrees('results that need no input, and one that is an input', (ops) =>
    Object.values(ops.run(freeKernel, { inputs: { x: some(ops, 'x', [3, 4]) }, scalars: { s: 0.375 } })),
  ),
  agrees('scalars: each its own, whole numbers among them, and one that is not used', (ops) =>
    [
      { a: 0.25, b: -3, c: 2, unused: 7 },
      { a: 0, b: 1, c: 1e-8, unused: 7 },
      { a: -1e6, b: 0.5, c: 4, unused: 7 },
    ].map((scalars) => ops.run(scalarKernel, { inputs: { x: some(ops, 'x', [3, 5]) }, scalars }).y),
  ),
  agrees('one handle as two inputs', (ops) => {
    const x = some(ops, 'x', [3, 5]);
    return [ops.run(squareKernel, { inputs: { x, y: x } }).z, ops.run(squareKernel, { inputs: { x, y: x } }).z];
  }),
  agrees('two kernels of one name', (ops) =>
    [twin('add'), twin('mul')].map((one) => ops.run(one, { inputs: { x: some(ops, 'x', [3, 5]) } }).y),
  ),
  agrees('a kernel of a kernel, over and over', (ops) => {
    let x = some(ops, 'x', [3, 5]);
    for (let i = 0; i < 40; i++) x = ops.run(scalarKernel, { inputs: { x }, scalars: SMALL }).y;
    return [x];
  }),
  agrees('seven inputs', (ops) => [
    ops.run(sevenKernel, {
      inputs: {
        a: some(ops, 'a', [4, 3]),
        b: some(ops, 'b', [4, 3]),
        c: some(ops, 'c', [4, 3]),
        d: some(ops, 'd', [4, 3]),
        e: some(ops, 'e', [1, 3]),
        f: some(ops, 'f', [4, 3]),
        g: some(ops, 'g', [4, 6]),
      },
    }).y,
  ]),

  ...[[6], [1, 6], [5, 6], [70, 6], [3, 5, 6], [7, 11, 6]].map((shape) =>
    agrees(`segments in rows of [${shape}]`, (ops) => Object.values(ops.run(manyKernel, { inputs: rows(ops, shape) }))),
  ),
  agrees('segments of views', (ops) => {
    const [wide, narrow] = [some(ops, 'steps', [4, 5, 6]), some(ops, 'more steps', [4, 5, 2])];
    const inputs = { wide: ops.at(wide, 2), narrow: ops.at(narrow, 3), row: ops.rows(some(ops, 'many', [9, 2]), 8, 9) };
    return Object.values(ops.run(manyKernel, { inputs }));
  }),
  agrees('an input of one row stands beside all rows', (ops) => {
    const inputs = { ...rows(ops, [9, 6]), wide: some(ops, 'one wide row', [6]) };
    return Object.values(ops.run(manyKernel, { inputs }));
  }),
  // An engine may compute each result when it is asked for: so each set of them is asked for alone, and in any order.
  ...[['one'], ['two'], ['three'], ['three', 'one'], ['two', 'three'], ['three', 'two', 'one']].map((asked) =>
    agrees(`of several results only ${asked.join(' and ')}`, (ops) => {
      const results: Readonly<Record<string, Handle>> = ops.run(manyKernel, { inputs: rows(ops, [7, 6]) });
      return asked.map((name) => results[name] as Handle);
    }),
  ),
  compares('of several results each at another time, after what they were made of was freed', async (ops) => {
    const inputs = rows(ops, [7, 6]);
    const results = ops.run(manyKernel, { inputs });
    ops.release(Object.values(inputs));
    const outcomes: Outcome[] = [];
    for (const handle of [results.two, results.one, results.three, results.two]) {
      outcomes.push(...(await readAll(ops, () => [handle])));
    }
    ops.release(Object.values(results));
    return outcomes;
  }),
  agrees('one of several results, used by two kernels', (ops) => {
    const { one, two } = ops.run(manyKernel, { inputs: rows(ops, [7, 6]) });
    const [left, right] = [ops.rows(one, 0, 3), ops.rows(one, 3, 6)];
    return [
      ops.run(squareKernel, { inputs: { x: left, y: right } }).z,
      ops.run(squareKernel, { inputs: { x: two, y: two } }).z,
      ops.concat([two, two]),
    ];
  }),
];

const KEPT = [2 ** -100, -(2 ** -100), 2 ** -99, -1, 3 * 2 ** 125, Number.NaN, Infinity, -Infinity];
const LOST = [2 ** -100 * (1 - 2 ** -24), -(2 ** -101), 2 ** -126, 2 ** -149, -(2 ** -130), 0];
const SUBNORMAL = { small: 2 ** -140 };

function largeArguments(): number[] {
  return [0, 20, 50, 88, 89, 104, 1e4].flatMap((x) => [x, -x]);
}

function unary(operation: 'sqrt' | 'log' | 'sigmoid' | 'tanh', x: Iterable<number>): Check[] {
  const one = kernel({
    name: operation,
    inputs: { x: ['x'] },
    outputs: { y: ['y'] },
    body: (a, v) => ({ y: a[operation](v.x) }),
  });
  const values = Array.from(x, Math.fround);
  return [
    agrees(operation, (ops) => [ops.run(one, { inputs: { x: ops.upload(values, [1, values.length]) } }).y]),
    agrees(`${operation}, one number a row`, (ops) => [
      ops.run(one, { inputs: { x: ops.upload(values, [values.length, 1]) } }).y,
    ]),
  ];
}

type Binary = 'add' | 'sub' | 'mul' | 'div' | 'greater';

/** Of two values, and of a value and a constant on either side. */
function binary(operation: Binary, x: Iterable<number>, y: Iterable<number>, which = ''): Check[] {
  const one = kernel({
    name: operation,
    inputs: { x: ['x'], y: ['y'] },
    outputs: { z: ['z', 'withConstant', 'ofConstant'] },
    body: (a, v) => ({
      z: a[operation](v.x, v.y),
      withConstant: a[operation](v.x, a.constant(-1.5)),
      ofConstant: a[operation](a.constant(0.25), v.y),
    }),
  });
  const [left, right] = [Array.from(x, Math.fround), Array.from(y, Math.fround)];
  return [
    agrees(`${operation}${which}`, (ops) => {
      const shape = [1, left.length];
      return [ops.run(one, { inputs: { x: ops.upload(left, shape), y: ops.upload(right, shape) } }).z];
    }),
  ];
}

const passKernel = kernel({
  name: 'pass',
  inputs: { x: ['x'] },
  scalars: ['small'],
  outputs: { same: ['same'], scaled: ['scaled'] },
  body: ({ constant, mul }, v) => ({ same: v.x, scaled: mul(v.small, constant(1e30)) }),
});

const blendKernel = kernel({
  name: 'blend',
  inputs: { keep: ['keep'], fresh: ['fresh'], old: ['old'] },
  outputs: { y: ['y'] },
  body: ({ blend }, v) => ({ y: blend(v.keep, v.fresh, v.old) }),
});

function blended(ops: Ops, ...values: readonly [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>]): Handle {
  const [keep, fresh, old] = values.map((list) => ops.upload(list, [2, list.length / 2])) as [Handle, Handle, Handle];
  return ops.run(blendKernel, { inputs: { keep, fresh, old } }).y;
}

const constantKernel = kernel({
  name: 'constants',
  inputs: { x: ['x'] },
  outputs: { y: ['powers', 'halves', 'neutral', 'among', 'cases', 'far'] },
  body: ({ constant, add, sub, mul, div, sqrt, log, sigmoid, tanh, greater, blend }, { x }) => ({
    powers: add(mul(x, constant(1e-8)), mul(x, constant(1e10))),
    halves: sub(constant(-0.5), sub(x, constant(-3))),
    // What a program that folds constants may leave out.
    neutral: add(mul(constant(1), sub(x, constant(0))), div(add(x, constant(0)), constant(1))),
    among: mul(
      add(constant(2), constant(-3)),
      add(sqrt(constant(2)), mul(log(constant(3)), mul(sigmoid(constant(-1)), tanh(constant(0.3))))),
    ),
    cases: add(
      mul(greater(constant(1), constant(2)), x),
      add(blend(constant(1), x, constant(7)), add(blend(constant(0), x, constant(-7)), blend(constant(0.25), x, x))),
    ),
    far: div(constant(1), sub(constant(1e-30), constant(2e-30))),
  }),
});

const freeKernel = kernel({
  name: 'free',
  inputs: { x: ['x'] },
  scalars: ['s'],
  outputs: { three: ['three'], scalar: ['scalar', 'live'], same: ['same'] },
  body: ({ constant }, { x, s, live }) => ({ three: constant(3), scalar: s, live, same: x }),
});

const SMALL = { a: 0.5, b: 0.75, c: 0.125, unused: 0 };

const scalarKernel = kernel({
  name: 'scalars',
  inputs: { x: ['x'] },
  scalars: ['a', 'b', 'unused', 'c'],
  outputs: { y: ['y'] },
  body: ({ add, mul }, v) => ({ y: add(mul(v.a, v.x), add(v.b, mul(v.c, v.c))) }),
});

const brokenKernel = kernel({
  name: 'broken',
  inputs: { x: ['x'] },
  outputs: { y: ['sum', 'product', 'sigmoid', 'tanh', 'blend'] },
  body: ({ constant, add, mul, sigmoid, tanh, blend }, { x }) => ({
    sum: add(x, constant(1)),
    product: mul(x, constant(3)),
    sigmoid: sigmoid(x),
    tanh: tanh(x),
    blend: blend(constant(0.3), x, constant(2)),
  }),
});

const squareKernel = kernel({
  name: 'squares',
  inputs: { x: ['x'], y: ['y'] },
  outputs: { z: ['z'] },
  body: ({ sub, mul }, { x, y }) => ({ z: sub(mul(x, y), y) }),
});

function twin(operation: 'add' | 'mul') {
  return kernel({
    name: 'twin',
    inputs: { x: ['x'] },
    outputs: { y: ['y'] },
    body: (a, { x }) => ({ y: a[operation](x, x) }),
  });
}

const sevenKernel = kernel({
  name: 'seven',
  inputs: { a: ['a'], b: ['b'], c: ['c'], d: ['d'], e: ['e'], f: ['f'], g: ['g', 'h'] },
  outputs: { y: ['y', 'z'] },
  body: ({ add, sub, mul }, v) => ({
    y: sub(mul(v.a, v.b), add(mul(v.c, v.d), mul(v.e, v.f))),
    z: add(sub(v.g, v.h), sub(v.a, v.f)),
  }),
});

/** Inputs and results of one, two and three segments, one of which nothing needs. */
const manyKernel = kernel({
  name: 'many',
  inputs: { wide: ['p', 'q', 'r'], narrow: ['s'], row: ['u'] },
  outputs: { one: ['first'], two: ['second', 'third'], three: ['fourth', 'fifth', 'sixth'] },
  body: ({ add, sub, mul, tanh }, v) => ({
    first: add(v.p, mul(v.s, v.u)),
    second: mul(v.q, v.u),
    third: v.s,
    fourth: sub(v.s, v.p),
    fifth: tanh(sub(v.s, v.q)),
    sixth: add(mul(v.p, v.q), v.u),
  }),
});

/** Its inputs for segments of two units: `wide` has this shape. */
function rows(ops: Ops, shape: readonly number[]) {
  return {
    wide: some(ops, 'wide', shape),
    narrow: some(ops, 'narrow', [...shape.slice(0, -1), 2]),
    row: some(ops, 'row', [1, 2]),
  };
}
