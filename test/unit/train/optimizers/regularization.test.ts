import {
  adam,
  adamW,
  concrete,
  createEngine,
  DivergedError,
  defineLayer,
  dense,
  embedding,
  type FitOptions,
  fitOptions,
  key,
  lstm,
  type Model,
  meanSquaredError,
  nadam,
  OptionError,
  type Regularization,
  rmsprop,
  sequential,
  sgd,
  Tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { kindOf, trained } from '../../../../src/layers/weight-spec.ts';
import { checkedRegularization, clipped, isRegularization } from '../../../../src/train/optimizers/regularization.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { range } from '../../../helpers/tensors.ts';

const x = [[1, 2, 3], [4], [2, 0]];
const y = [[0.5], [-1], [2]];
const layers = () => [
  embedding({ vocabulary: 5, units: 3 }),
  lstm({ units: 2, dropout: concrete({ input: 0.2 }) }),
  dense({ units: 1 }),
];

/** Weights after one update of plain descent with these options, and before it. */
async function afterOne(
  more: Partial<FitOptions>,
): Promise<Readonly<Record<'before' | 'after', Record<string, Tensor>>>> {
  const model = sequential(layers(), { engine: 'reference' });
  await model.build({ kind: 'tokens', vocabulary: 5 }, key(3));
  const before = await model.getWeights();
  const optimizer = sgd({ learningRate: 0.5 });
  await model.fit({ x, y }, { key: key(3), epochs: 1, loss: meanSquaredError(), optimizer, ...more });
  const after = await model.getWeights();
  await model.dispose();
  return { before, after };
}

const KINDS = {
  embedding: ['0.weight'],
  kernel: ['1.weight_ih_l0', '2.weight'],
  recurrent: ['1.weight_hh_l0'],
  bias: ['1.bias_ih_l0', '1.bias_hh_l0', '2.bias'],
} as const;

describe.each(Object.entries(KINDS))('what is told for %s', (kind, paths) => {
  test.each<[keyof Regularization, (w: number, plain: number) => number]>([
    ['weightDecay', (w, plain) => plain - 0.5 * 0.2 * w],
    ['l2', (w, plain) => plain - 0.5 * 2 * 0.2 * w],
    ['l1', (w, plain) => plain - 0.5 * 0.2 * Math.sign(w)],
  ])('as %s changes those weights, and no others', async (name, expected) => {
    const plain = await afterOne({});
    const { after } = await afterOne({ regularization: { [name]: { [kind]: 0.2 } } });
    for (const [path, weight] of Object.entries(after)) {
      const [before, untouched] = [plain.before[path], plain.after[path]].map((one) => (one as Tensor).toFlat());
      const wanted = (paths as readonly string[]).includes(path)
        ? range(0, untouched?.length ?? 0).map((i) => expected(before?.[i] as number, untouched?.[i] as number))
        : Array.from(untouched as ArrayLike<number>);
      for (const [i, value] of wanted.entries()) expect(weight.toFlat()[i]).toBeCloseTo(value, 12);
      if (!(paths as readonly string[]).includes(path)) expect(weight).toEqual(plain.after[path]);
    }
  });
});

test('a number is for all but biases, and for no logit of a dropout rate', async () => {
  const every = { kernel: 0.3, recurrent: 0.3, embedding: 0.3 };
  for (const name of ['l1', 'l2', 'weightDecay', 'maxNorm'] as const) {
    const { after } = await afterOne({ regularization: { [name]: 0.3 } });
    expect(after).toEqual((await afterOne({ regularization: { [name]: every } })).after);
    const plain = await afterOne({});
    for (const path of ['1.input_rate_logit_l0', ...KINDS.bias]) expect(after[path]).toEqual(plain.after[path]);
    expect(after['0.weight']).not.toEqual(plain.after['0.weight']);
  }
});

test.each([0, { kernel: 0, bias: 0 }])(
  'shares of 0 change no bit, nor does a norm that no row has: %o',
  async (none) => {
    const plain = await afterOne({});
    const regularization = { l1: none, l2: none, weightDecay: none, maxNorm: 1e6 };
    expect((await afterOne({ regularization })).after).toEqual(plain.after);
  },
);

describe('maxNorm', () => {
  test.each(['reference', 'simd', 'gpu'] as const)(
    'leaves rows no longer than that, in their direction, on %s',
    async (name) => {
      const engine = await createEngine(name);
      const model = sequential(layers(), { engine });
      const regularization = { maxNorm: { kernel: 0.5, recurrent: 0.3, embedding: 0.2 } };
      const run = { key: key(3), epochs: 4, loss: meanSquaredError(), optimizer: rmsprop(), batchSize: 1 };
      await model.fit({ x, y }, { ...run, regularization });
      const weights = await model.getWeights();
      for (const [kind, most] of Object.entries(regularization.maxNorm)) {
        for (const path of KINDS[kind as keyof typeof KINDS]) {
          for (const row of (weights[path] as Tensor).toArray() as number[][])
            expect(Math.hypot(...row)).toBeLessThanOrEqual(most * (1 + 1e-6));
        }
      }
      await model.dispose();
      await engine.dispose();
    },
  );

  test('leaves the direction of a row, and a row of zeros', async () => {
    const model = sequential([dense({ units: 3 })], { engine: 'reference' });
    const weights = {
      '0.weight': [
        [3, 4],
        [0, 0],
        [0.3, 0.4],
      ],
      '0.bias': [0, 0, 0],
    };
    await model.setWeights(weights, { input: { kind: 'vector', size: 2 } });
    const told = { key: key(1), epochs: 1, loss: meanSquaredError(), optimizer: sgd({ learningRate: 0 }) };
    await model.fit({ x: [[1, 2]], y: [[9, 9, 9]] }, { ...told, regularization: { maxNorm: 1 } });
    const { '0.weight': after } = await model.getWeights();
    const [long = [], zeros, short] = (after as Tensor).toArray() as number[][];
    expect(long[0]).toBeCloseTo(0.6, 14);
    expect(long[1]).toBeCloseTo(0.8, 14);
    expect([zeros, short]).toEqual([
      [0, 0],
      [0.3, 0.4],
    ]);
    await model.dispose();
  });
});

describe('clipValue', () => {
  test('brings each number of a gradient between its limits, bit for bit', async () => {
    const ops = await createEngine('reference');
    const limited = async (values: number[]): Promise<number[]> => {
      const grads = clipped(ops, 0.3, { a: ops.upload(values, [values.length]) });
      return [...(await ops.read(grads.a as NonNullable<typeof grads.a>))];
    };
    expect(await limited([0.1, -0.1, 0.3, -0.3, 0.4, -7, 1e300, 0])).toEqual([0.1, -0.1, 0.3, -0.3, 0.3, -0.3, 0.3, 0]);
    expect(await limited([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(clipped(ops, null, {})).toEqual({});
    await ops.dispose();
  });

  test('comes before the norm is measured', async () => {
    const size = async (more: Partial<FitOptions>): Promise<number> => {
      const { before, after } = await afterOne(more);
      const steps = Object.keys(before).flatMap((path) => {
        const [a, b] = [before[path]?.toFlat() as ArrayLike<number>, after[path]?.toFlat() as ArrayLike<number>];
        return range(0, a.length).map((i) => ((a[i] as number) - (b[i] as number)) / 0.5);
      });
      return Math.hypot(...steps);
    };
    expect(await size({ clipValue: 1e-3, clipNorm: 1 })).toBeLessThan(0.01);
    expect(await size({ clipValue: 0.1, clipNorm: 0.05 })).toBeCloseTo(0.05, 10);
  });

  test.each(['reference', 'simd', 'gpu'] as const)('does not hide an infinite gradient, on %s', async (name) => {
    const engine = await createEngine(name);
    const bad = defineLayer<[]>({
      type: 'bad',
      make: () => {
        const plain = dense({ units: 1 });
        return {
          ...plain,
          config: {},
          run(context, weights, inputs) {
            const run = plain.run(context, weights as never, inputs);
            const infinite = (like: { readonly shape: readonly number[] }) =>
              context.ops.upload(
                new Float64Array(like.shape.reduce((a, b) => a * b, 1)).fill(Number.POSITIVE_INFINITY),
                like.shape,
              );
            return {
              outputs: run.outputs,
              backward: () => ({ weights: { weight: infinite(weights.weight as never) }, inputs: {} }),
            };
          },
        };
      },
    });
    const model = sequential([bad()], { engine });
    const run = { key: key(1), epochs: 1, loss: meanSquaredError(), clipValue: 0.1, optimizer: sgd() };
    await expect(model.fit({ x: [[1]], y: [[2]] }, run)).rejects.toThrow(DivergedError);
    await model.dispose();
    await engine.dispose();
  });
});

test('L1 and L2 are pulled down by training, and are no part of the loss that is told', async () => {
  const lossOf = async (regularization: Regularization): Promise<[number, number]> => {
    const model = sequential(layers(), { engine: 'reference' });
    const run = { key: key(3), loss: meanSquaredError(), optimizer: adam({ learningRate: 0.02 }) };
    const first = await model.fit({ x, y }, { ...run, epochs: 1, regularization });
    await model.fit({ x, y }, { ...run, epochs: 200, regularization });
    const size = (await model.getWeights())['1.weight_ih_l0']?.toFlat() as ArrayLike<number>;
    await model.dispose();
    return [first.epochs[0]?.training.loss as number, Math.hypot(...Array.from(size))];
  };
  const [[plain, large], [ridge, small], [lasso, smaller]] = await Promise.all([
    lossOf({}),
    lossOf({ l2: 0.3 }),
    lossOf({ l1: 0.3 }),
  ]);
  expect([ridge, lasso]).toEqual([plain, plain]);
  expect(small).toBeLessThan(large / 4);
  expect(smaller).toBeLessThan(large / 4);
});

describe('what is told', () => {
  const check = (given: unknown, optimizer = adam()): unknown =>
    checkedRegularization('fit', given as never, optimizer);

  test('is written by kind, without what has no effect', () => {
    expect(check({ l2: 0.1, l1: 0, maxNorm: { embedding: 2 }, weightDecay: { bias: 0.3, kernel: 0 } })).toEqual({
      l2: { kernel: 0.1, recurrent: 0.1, embedding: 0.1 },
      weightDecay: { bias: 0.3 },
      maxNorm: { embedding: 2 },
    });
    expect(check({})).toBeNull();
    expect(check({ l1: { kernel: 0 } })).toBeNull();
    expect(isRegularization(check({ l2: 0.1 }))).toBe(true);
  });

  test.each<[unknown, string]>([
    [5, 'fit: regularization: an object of options was expected'],
    [{ l3: 1 }, '"l3" is not an option of it; did you mean'],
    [{ l1: -1 }, 'fit: l1: a finite number from 0 was expected as kernel, but -1 came'],
    [{ l1: '1' }, 'fit: l1: a finite number from 0 was expected as kernel, but "1" came'],
    [{ l2: { kernal: 1 } }, 'did you mean kernel?'],
    [{ l2: { kernel: Number.NaN } }, 'fit: l2: a finite number from 0 was expected as kernel, but NaN came'],
    [{ l2: null }, 'fit: l2: an object of options was expected, but null came'],
    [{ weightDecay: { bias: Number.POSITIVE_INFINITY } }, 'as bias, but Infinity came'],
    [{ maxNorm: 0 }, 'fit: maxNorm: a number above 0 was expected as kernel, but 0 came'],
    [{ maxNorm: { bias: 1 } }, 'fit: maxNorm: "bias" is not an option of it'],
  ])('%j is refused', async (given, message) => {
    await expectRefusal(() => check(given), OptionError, message);
    const model = sequential(layers(), { engine: 'reference' });
    const run = { key: key(1), epochs: 1, loss: meanSquaredError(), regularization: given as never };
    await expectRefusal(() => model.fit({ x, y }, run), OptionError, message);
    expect(model.input).toBeNull();
  });

  test('as weight decay is not told twice', async () => {
    const message = 'fit: weight decay in one place was expected, but both adamW and regularization have it';
    await expectRefusal(() => check({ weightDecay: 0.1 }, adamW()), OptionError, message);
    expect(check({ weightDecay: 0.1 }, adamW({ weightDecay: 0 }))).not.toBeNull();
    expect(check({ l2: 0.1 }, adamW())).not.toBeNull();
  });

  test('is read again from a run that was written down', async () => {
    const model: Model = sequential(layers(), { engine: 'reference' });
    const told = { key: key(1), epochs: 1, loss: meanSquaredError(), optimizer: nadam() };
    const more = { clipValue: 0.25, regularization: { l1: 0.1, maxNorm: { kernel: 3 } } };
    const trainer = await model.trainer({ x, y }, { ...told, ...more });
    const { spec } = JSON.parse(JSON.stringify(await trainer.snapshot()));
    await trainer.finish();
    const { clipValue, regularization } = fitOptions(spec);
    expect(clipValue).toBe(0.25);
    expect(regularization).toEqual(check(more.regularization));
    const { clipValue: _, regularization: __, ...early } = spec;
    expect(Object.keys(fitOptions(early))).not.toContain('regularization');
    await model.dispose();
  });
});

test('the kind of a weight is what its layer says, or else goes by its shape', () => {
  const init = () => new Tensor(Float64Array.of(0), [1]);
  expect(kindOf(trained([2], init))).toBe('bias');
  expect(kindOf(trained([2, 3], init))).toBe('kernel');
  expect(kindOf(trained([2, 3, 4], init))).toBe('kernel');
  expect(kindOf(trained([2], init, 'embedding'))).toBe('embedding');
  expect(kindOf({ ...trained([2], init), decays: false })).toBeNull();
  expect(kindOf({ ...trained([2], init), role: 'statistic' })).toBeNull();
  expect(kindOf({ ...trained([2], init), role: 'rateLogit' })).toBeNull();
});
