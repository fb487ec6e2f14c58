import { readFileSync } from 'node:fs';
import {
  binaryCrossEntropy,
  createEngine,
  DataError,
  defineLoss,
  dense,
  key,
  type Loss,
  meanSquaredError,
  OptionError,
  sequential,
  sgd,
  softmaxCrossEntropy,
  Tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { uploadTargets } from '../../../../src/train/examples/batch.ts';
import { onePerSample } from '../../../../src/layers/layer.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const golden = JSON.parse(readFileSync('test/golden/learned-from.json', 'utf8')) as {
  readonly logits: readonly number[][];
  readonly targets: readonly number[];
  readonly losses: readonly {
    readonly classWeight: readonly number[] | null;
    readonly labelSmoothing: number;
    readonly loss: number;
    readonly grad: readonly number[][];
  }[];
};

const vectors = (size: number) => ({ kind: 'vector', size, over: 'batch', shape: [size], dtype: 'numbers' }) as const;

describe.each([
  ['reference', 12],
  ['simd', 5],
] as const)('on %s, softmaxCrossEntropy equals CrossEntropyLoss of PyTorch', async (engine, digits) => {
  const ops = await createEngine(engine);
  test.each(golden.losses)(
    'weight $classWeight, label_smoothing $labelSmoothing',
    async ({ classWeight, labelSmoothing, loss: wanted, grad }) => {
      const loss = softmaxCrossEntropy({ labelSmoothing, ignoreIndex: -1 });
      const output = ops.upload(golden.logits.flat(), [9, 4]);
      const y = golden.targets.map((target) => [target]);
      const target = uploadTargets(ops, loss, vectors(4), { y, weights: null }, onePerSample(9, output), classWeight);
      const found = loss.evaluate(ops, output, target);
      expect((await ops.read(found.loss))[0]).toBeCloseTo(wanted, digits);
      const numbers = await ops.read(found.grad);
      for (const [i, value] of grad.flat().entries()) expect(numbers[i]).toBeCloseTo(value, digits);
    },
  );
});

const engine = await createEngine('reference');

test.each<[string, Loss, readonly (readonly number[])[], readonly number[] | null]>([
  ['classes', softmaxCrossEntropy({ labelSmoothing: 0.2 }), [[2], [0], [1]], [0.2, 1, 0.7]],
  ['classes without weights', softmaxCrossEntropy(), [[2], [0], [1]], null],
  [
    'yes and no',
    binaryCrossEntropy({ labelSmoothing: 0.1 }),
    [
      [1, 0, 1],
      [0, 0.3, 1],
      [1, 1, 0],
    ],
    null,
  ],
  [
    'values',
    meanSquaredError(),
    [
      [1, -2, 3],
      [0.5, 1, 2],
      [3, 0, 1],
    ],
    null,
  ],
])('the gradient of weighted %s equals central differences', async (_, loss, y, classWeights) => {
  const numbers = Array.from({ length: 9 }, (_, i) => Math.sin(1.7 * i + 0.3) * 2);
  const at = (values: readonly number[]) => {
    const output = engine.upload(values, [3, 3]);
    const examples = { y, weights: [0.5, 2, 1.25] };
    return loss.evaluate(
      engine,
      output,
      uploadTargets(engine, loss, vectors(3), examples, onePerSample(3, output), classWeights),
    );
  };
  const total = async (values: readonly number[]) => (await engine.read(at(values).loss))[0] as number;
  const grad = await engine.read(at(numbers).grad);
  for (const [i, value] of numbers.entries()) {
    const numeric =
      ((await total(numbers.with(i, value + 1e-5))) - (await total(numbers.with(i, value - 1e-5)))) / 2e-5;
    expect(grad[i]).toBeCloseTo(numeric, 8);
  }
});

const x = [
  [0.5, -1],
  [2, 0.25],
  [-0.75, 1],
  [1, 1],
];
const made = () => sequential([dense({ units: 2 })], { engine: 'reference' });
const weights = {
  '0.weight': new Tensor(Float64Array.of(1, -0.5, 0.25, 2), [2, 2]),
  '0.bias': new Tensor(Float64Array.of(0.1, -0.2), [2]),
};

/** The weights after one update on these, and the scores. */
async function trained(examples: object, options: object, loss: Loss = softmaxCrossEntropy()) {
  const model = made();
  await model.setWeights(weights, { input: { kind: 'vector', size: 2 }, loss });
  const told = { key: key(1), epochs: 1, loss, optimizer: sgd({ learningRate: 0.5 }), ...options };
  const { epochs } = await model.fit(examples as never, told);
  const after = Object.values(await model.getWeights()).flatMap((tensor) => [...tensor.data]);
  await model.dispose();
  return { loss: epochs[0]?.training.loss as number, validation: epochs[0]?.validation, after };
}

const near = (a: readonly number[], b: readonly number[]) => {
  for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i] as number, 12);
};

describe('weights', () => {
  test('of a sample are as if it came so often, and 0 as if it were not there', async () => {
    const weighted = await trained({ x, y: [0, 1, 1, 0], sampleWeight: [2, 1, 0, 3] }, {});
    const order = [0, 0, 1, 3, 3, 3];
    const repeated = await trained({ x: order.map((i) => x[i]), y: [0, 0, 1, 0, 0, 0] }, {});
    expect(weighted.loss).toBeCloseTo(repeated.loss, 12);
    near(weighted.after, repeated.after);
  });

  test.each<[string, unknown]>([
    ['by number', { 1: 3 }],
    ['for each', [1, 3]],
    ['as often', 'balanced'],
  ])('of classes are those of their samples: %s', async (_, classWeight) => {
    const byClass = await trained({ x, y: [0, 1, 0, 0] }, { classWeight });
    const bySample = await trained({ x, y: [0, 1, 0, 0], sampleWeight: [1, 3, 1, 1] }, {});
    expect(byClass.loss).toBeCloseTo(bySample.loss, 12);
    near(byClass.after, bySample.after);
  });

  test('of classes are not in the loss of validation, those of samples are', async () => {
    const validation = { x, y: [0, 1, 0, 0], sampleWeight: [1, 0, 0, 0] };
    const one = await trained({ x, y: [0, 1, 0, 0] }, { classWeight: [1, 0], validation });
    const model = made();
    await model.setWeights(
      {
        '0.weight': new Tensor(Float64Array.from(one.after.slice(0, 4)), [2, 2]),
        '0.bias': new Tensor(Float64Array.from(one.after.slice(4)), [2]),
      },
      { input: { kind: 'vector', size: 2 }, loss: softmaxCrossEntropy() },
    );
    expect(one.validation?.loss).toBeCloseTo((await model.evaluate({ x: x.slice(0, 1), y: [0] })).loss, 12);
    await model.dispose();
  });

  test('of one yes or no are those of its samples', async () => {
    const loss = binaryCrossEntropy();
    const run = async (more: object, options: object) => {
      const model = sequential([dense({ units: 1 })], { engine: 'reference' });
      const { epochs } = await model.fit({ x, y: [0, 1, 1, 0], ...more }, { key: key(1), epochs: 2, loss, ...options });
      await model.dispose();
      return epochs.map(({ training }) => training.loss);
    };
    near(await run({}, { classWeight: { 0: 1, 1: 4 } }), await run({ sampleWeight: [1, 4, 4, 1] }, {}));
  });

  test('of any size are compared alone', async () => {
    const large = await trained(
      { x, y: [0, 1, 1, 0], sampleWeight: [2e307, 1e307, 0, 1.5e308] },
      { classWeight: [1e300, 1e300] },
    );
    const small = await trained({ x, y: [0, 1, 1, 0], sampleWeight: [2, 1, 0, 15] }, {});
    expect(large.loss).toBeCloseTo(small.loss, 12);
    near(large.after, small.after);
  });

  test('a batch without any leaves the weights as they are, and its loss does not count', async () => {
    const { loss, after } = await trained({ x, y: [0, 1, 1, 0], sampleWeight: [0, 0, 1, 0] }, { batchSize: 1 });
    expect(loss).toBeCloseTo((await trained({ x: [x[2]], y: [1] }, {})).loss, 12);
    near(after, (await trained({ x: [x[2]], y: [1] }, {})).after);
  });
});

test('validationSplit holds out the same share of each class, by the key', async () => {
  const many = Array.from({ length: 40 }, (_, i) => [i, 1]);
  const y = many.map((_, i) => Number(i % 4 === 0));
  const seen = async (seed: number, validationSplit: number) => {
    const model = made();
    const samples: number[] = [];
    const spy = { name: 'spy', score: (_: readonly number[], target: unknown) => samples.push(target as number) };
    const told = { key: key(seed), epochs: 1, loss: softmaxCrossEntropy(), metrics: [spy], validationSplit };
    const { epochs } = await model.fit({ x: many, y }, told);
    await model.dispose();
    return { samples, loss: epochs[0]?.validation?.loss };
  };
  const { samples, loss } = await seen(1, 0.2);
  expect(samples).toHaveLength(40);
  expect(samples.slice(32).filter((target) => target === 1)).toHaveLength(2);
  expect(samples.slice(0, 32).filter((target) => target === 1)).toHaveLength(8);
  expect((await seen(1, 0.2)).loss).toBe(loss);
  expect((await seen(2, 0.2)).loss).not.toBe(loss);
});

describe('what cannot be weighed is refused, and changes nothing', () => {
  const own = defineLoss<[]>({
    type: 'own',
    make: () => ({
      config: {},
      link: 'softmax',
      target: 'class',
      evaluate: (_, output) => ({ loss: output, grad: output }),
    }),
  });
  const y = [0, 1, 1, 0];
  test.each<[string, object, object, Loss, typeof OptionError, string]>([
    [
      'below 0',
      { sampleWeight: [1, -1, 1, 1] },
      {},
      softmaxCrossEntropy(),
      DataError,
      'the weight of sample 1, but -1',
    ],
    ['not finite', { sampleWeight: [1, 1, 1, Number.NaN] }, {}, softmaxCrossEntropy(), DataError, 'sample 3, but NaN'],
    ['too few', { sampleWeight: [1] }, {}, softmaxCrossEntropy(), DataError, 'for each of 4 samples'],
    ['no list', { sampleWeight: 'balanced' }, {}, softmaxCrossEntropy(), OptionError, 'a list of numbers'],
    ['all 0', { sampleWeight: [0, 0, 0, 0] }, {}, softmaxCrossEntropy(), DataError, 'sampleWeight leaves none'],
    ['class below 0', {}, { classWeight: [1, -2] }, softmaxCrossEntropy(), OptionError, 'class "1", but -2'],
    [
      'class not finite',
      {},
      { classWeight: { 0: Number.POSITIVE_INFINITY } },
      softmaxCrossEntropy(),
      OptionError,
      'but Infinity',
    ],
    [
      'a class that there is not',
      {},
      { classWeight: { 2: 1 } },
      softmaxCrossEntropy(),
      OptionError,
      'classes from 0 to 1',
    ],
    ['too few classes', {}, { classWeight: [1] }, softmaxCrossEntropy(), OptionError, '2 weights, one a class'],
    ['another word', {}, { classWeight: 'equal' }, softmaxCrossEntropy(), OptionError, 'classWeight'],
    [
      'nothing left',
      { sampleWeight: [1, 0, 0, 1] },
      { classWeight: [0, 1] },
      softmaxCrossEntropy(),
      DataError,
      'leave none',
    ],
    ['classes of values', { y: x }, { classWeight: 'balanced' }, meanSquaredError(), OptionError, 'a loss of classes'],
    [
      'several yes and no',
      { y: x.map(() => [0, 1]) },
      { classWeight: [1, 2] },
      binaryCrossEntropy(),
      OptionError,
      'of one unit',
    ],
    ['a loss that does not', { sampleWeight: [1, 1, 1, 2] }, {}, own(), OptionError, 'a loss that heeds weights'],
    ['the same with classes', {}, { classWeight: [1, 2] }, own(), OptionError, 'a loss of classes that heeds weights'],
    [
      'all ignored',
      { y: [5, 5, 5, 5] },
      {},
      softmaxCrossEntropy({ ignoreIndex: 5 }),
      DataError,
      'all are 5, the ignoreIndex',
    ],
    ['another index', { y: [0, 5, 1, -1] }, {}, softmaxCrossEntropy({ ignoreIndex: 5 }), DataError, 'but -1 came'],
    [
      'a split of 1',
      {},
      { validationSplit: 1 },
      softmaxCrossEntropy(),
      OptionError,
      'between 0 and 1 was expected as validationSplit',
    ],
    [
      'two validations',
      {},
      { validationSplit: 0.5, validation: { x, y } },
      softmaxCrossEntropy(),
      OptionError,
      'both came',
    ],
  ])('%s', async (_, more, options, loss, type, message) => {
    const model = made();
    const act = () => model.fit({ x, y, ...more } as never, { key: key(1), epochs: 1, loss, ...options } as never);
    await expectRefusal(act, type, message);
    expect([model.updates, model.input]).toEqual([0, null]);
    await model.dispose();
  });

  test('a smoothing or an index that is none', async () => {
    await expectRefusal(() => softmaxCrossEntropy({ labelSmoothing: 1 }), OptionError, 'labelSmoothing');
    await expectRefusal(() => binaryCrossEntropy({ labelSmoothing: -0.1 }), OptionError, 'labelSmoothing');
    await expectRefusal(() => softmaxCrossEntropy({ ignoreIndex: 0.5 }), OptionError, 'ignoreIndex');
  });
});
