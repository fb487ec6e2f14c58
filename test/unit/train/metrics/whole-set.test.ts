import { readFileSync } from 'node:fs';
import {
  accuracy,
  argmax,
  auc,
  binaryCrossEntropy,
  calibration,
  classificationReport,
  confusionMatrix,
  DataError,
  dense,
  type Examples,
  f1,
  key,
  type Loss,
  type Metric,
  meanSquaredError,
  OptionError,
  perplexity,
  precision,
  r2,
  recall,
  reduceOnPlateau,
  ShapeError,
  sequential,
  sgd,
  softmaxCrossEntropy,
  Tensor,
  topK,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

const golden = JSON.parse(readFileSync('test/golden/learned-from.json', 'utf8')) as {
  readonly logits: readonly number[][];
  readonly targets: readonly number[];
  readonly scores: Readonly<Record<string, number>>;
  readonly regression: {
    readonly values: readonly number[][];
    readonly wanted: readonly number[][];
    readonly scores: Readonly<Record<string, number>>;
  };
};

/** A model that hands on what it is given. */
async function identity(units: number, loss: Loss, engine: 'reference' | 'simd' = 'reference') {
  const model = sequential([dense({ units })], { engine });
  const weight = Float64Array.from({ length: units * units }, (_, i) => Number(i % (units + 1) === 0));
  const weights = {
    '0.weight': new Tensor(weight, [units, units]),
    '0.bias': new Tensor(new Float64Array(units), [units]),
  };
  await model.setWeights(weights, { input: { kind: 'vector', size: units }, loss });
  return model;
}

describe('metrics by name equal what plain loops of an independent program give', () => {
  test.each([
    ['reference', 12],
    ['simd', 5],
  ] as const)('of classes, some ignored, on %s', async (engine, digits) => {
    const model = await identity(4, softmaxCrossEntropy({ ignoreIndex: -1 }), engine);
    const metrics = Object.keys(golden.scores);
    const scores = await model.evaluate({ x: golden.logits, y: [...golden.targets] }, { metrics });
    expect(Object.keys(scores)).toEqual(['loss', ...metrics]);
    for (const [name, value] of Object.entries(golden.scores)) expect(scores[name], name).toBeCloseTo(value, digits);
    await model.dispose();
  });

  test('of values far from 0', async () => {
    const { values, wanted, scores } = golden.regression;
    const model = await identity(2, meanSquaredError());
    const found = await model.evaluate({ x: values, y: wanted }, { metrics: Object.keys(scores) });
    for (const [name, value] of Object.entries(scores)) expect(found[name], name).toBeCloseTo(value, 12);
    await model.dispose();
  });
});

/** Numbers that are anything, some of them equal. */
const noise = (i: number, k: number): number => (Math.round(Math.sin(12.9898 * i + 78.233 * k) * 40) + 0.25) / 10;

describe('the value is that of the whole set', () => {
  const count = 150;
  const x = Array.from({ length: count }, (_, i) => [noise(i, 1), noise(i, 2), noise(i, 3)]);
  const classes = x.map((_, i) => (i % 7 === 0 ? -5 : i % 3));
  const names = ['f1-macro', 'f1:1', 'precision', 'recall-weighted', 'auc', 'top-2', 'perplexity', 'accuracy'];
  const values = x.map((_, i) => [noise(i, 4) + 1e5, noise(i, 5), noise(i, 6)]);

  test.each<[string, Loss, readonly unknown[], readonly string[]]>([
    ['classes', softmaxCrossEntropy({ ignoreIndex: -5 }), classes, names],
    ['values', meanSquaredError(), values, ['r2', 'root-mean-squared-error', 'mean-absolute-error']],
    [
      'yes and no',
      binaryCrossEntropy(),
      x.map((_, i) => [i % 2, Number(i % 5 === 0), Number(i % 3 > 0)]),
      ['f1-micro', 'recall:2', 'auc', 'accuracy'],
    ],
  ])('of %s, in training whatever the batches, and in evaluation', async (_, loss, y, metrics) => {
    const examples = { x, y: y as number[] };
    const found = [];
    for (const batchSize of [1, 7, 150]) {
      const model = await identity(3, loss);
      const optimizer = sgd({ learningRate: 1e-300 });
      const options = { key: key(3), epochs: 1, loss, batchSize, optimizer, metrics, validation: examples };
      const [epoch] = (await model.fit(examples, options)).epochs;
      found.push(epoch?.training, epoch?.validation, await model.evaluate(examples, { metrics }));
      await model.dispose();
    }
    for (const name of ['loss', ...metrics]) {
      for (const scores of found) {
        expect((scores?.[name] as number) / (found[0]?.[name] as number), name).toBeCloseTo(1, 11);
      }
    }
  });

  test('a run that goes on from a snapshot in the middle of an epoch gives it too', async () => {
    const loss = softmaxCrossEntropy({ ignoreIndex: -5 });
    const told = { key: key(3), epochs: 1, loss, batchSize: 20, metrics: names, classWeight: 'balanced' } as const;
    const whole = await identity(3, loss);
    const { epochs } = await whole.fit({ x, y: classes }, told);
    const model = await identity(3, loss);
    const trainer = await model.trainer({ x, y: classes }, told);
    for (let i = 0; i < 3; i++) await trainer.next();
    const resume = JSON.parse(JSON.stringify({ ...(await trainer.snapshot()), weights: null, slots: null }));
    const { weights, slots } = await trainer.snapshot();
    await trainer.finish();
    const other = await identity(3, loss);
    const again = await other.fit({ x, y: classes }, { ...told, resume: { ...resume, weights, slots } });
    expect(again.epochs).toEqual(epochs);
    const changed = other.fit(
      { x, y: classes },
      { ...told, classWeight: [1, 2, 3], resume: { ...resume, weights, slots } },
    );
    await expect(changed).rejects.toThrow('classWeight "balanced" was expected');
    for (const one of [whole, model, other]) await one.dispose();
  });
});

test('a schedule looks at such a score of a held-out part, and at none that there is not', async () => {
  const x = Array.from({ length: 24 }, (_, i) => [noise(i, 1), noise(i, 2)]);
  const run = async (monitor: string) => {
    const model = sequential([dense({ units: 2 })], { engine: 'reference' });
    const learningRate = reduceOnPlateau({
      initial: 0.5,
      monitor,
      mode: 'max',
      patience: 0,
      factor: 0.1,
      minDelta: 10,
    });
    const metrics = ['f1-macro', 'top-1'];
    const told = { key: key(1), epochs: 3, loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate }), metrics };
    const fitting = model.fit({ x, y: x.map(([a = 0]) => Number(a > 0)) }, { ...told, validationSplit: 0.25 });
    return fitting.finally(() => model.dispose());
  };
  // No score is better by 10, so from the third epoch on the rate is another than without a plateau: all the same for both.
  expect(await run('validation.f1-macro')).toEqual(await run('validation.top-1'));
  await expectRefusal(
    () => run('validation.f1'),
    OptionError,
    'validation.loss, validation.f1-macro, validation.top-1',
  );
});

test('a score of one prediction is still a mean, and sees no ignored target', async () => {
  const seen: unknown[] = [];
  const own: Metric = {
    name: 'own',
    score(prediction, target) {
      seen.push(target);
      return prediction[0] as number;
    },
  };
  const model = await identity(2, softmaxCrossEntropy({ ignoreIndex: 7 }));
  const x = [
    [0, 0],
    [9, 0],
    [0, 0],
  ];
  expect((await model.evaluate({ x, y: [1, 7, 0] }, { metrics: [own] })).own).toBe(0.5);
  expect(seen).toEqual([1, 0]);
  await model.dispose();
});

describe('by hand', () => {
  test('a yes or no has the F1 of yes', async () => {
    const model = await identity(1, binaryCrossEntropy());
    const examples = { x: [[1], [2], [-1], [3], [-2]], y: [1, 0, 1, 1, 0] };
    const scores = await model.evaluate(examples, { metrics: [f1(), precision(), recall({ of: 0 })] });
    expect(scores).toMatchObject({ f1: 2 / 3, precision: 2 / 3, 'recall:0': 2 / 3 });
    await model.dispose();
  });

  test('classes that neither occur nor are predicted do not count; AUC leaves out what has nothing to compare', async () => {
    const model = await identity(3, softmaxCrossEntropy());
    const examples = {
      x: [
        [3, 1, 0],
        [2, 1, 0],
        [1, 3, 0],
      ],
      y: [0, 1, 1],
    };
    const scores = await model.evaluate(examples, { metrics: [recall(), auc()] });
    expect(scores).toMatchObject({ recall: 0.75, auc: 1 });
    expect((await model.evaluate({ x: [[1, 0, 0]], y: [0] }, { metrics: ['auc'] })).auc).toBeNaN();
    await model.dispose();
  });

  test('targets that are all equal have an r2 of 1 or 0', async () => {
    const model = await identity(1, meanSquaredError());
    const of = async (x: number[][]) => (await model.evaluate({ x, y: [2, 2] }, { metrics: [r2()] })).r2;
    expect([await of([[2], [2]]), await of([[2], [3]])]).toEqual([1, 0]);
    await model.dispose();
  });

  test('perplexity is of the likelihood alone, without smoothing and weights', async () => {
    const x = [
      [1, 0],
      [0, 3],
    ];
    const plain = await identity(2, softmaxCrossEntropy());
    const smooth = await identity(2, softmaxCrossEntropy({ labelSmoothing: 0.3 }));
    const metrics = [perplexity()];
    const { perplexity: wanted } = await plain.evaluate({ x, y: [1, 1] }, { metrics });
    expect((await smooth.evaluate({ x, y: [1, 1], sampleWeight: [1, 5] }, { metrics })).perplexity).toBeCloseTo(
      wanted as number,
      12,
    );
    await plain.dispose();
    await smooth.dispose();
  });

  test('a confusion matrix has the true classes in rows', () => {
    expect(
      confusionMatrix(
        [
          [0.1, 0.9],
          [0.8, 0.2],
          [0.3, 0.7],
        ],
        [0, 0, 1],
      ),
    ).toEqual([
      [1, 1],
      [0, 1],
    ]);
    expect(confusionMatrix([[0.6], [0.5]], [1, 0])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(confusionMatrix([1], Int32Array.of(0), 3)).toEqual([
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(confusionMatrix([], [])).toEqual([]);
  });

  // No class is the likeliest of NaN and 0.1: the first was counted.
  test.each<[string, unknown[], new (message: string) => Error, string]>([
    ['NaN', [[0.2, 0.8], Float32Array.of(Number.NaN, 0.1)], DataError, 'finite numbers'],
    ['one NaN', [[Number.NaN], [0.2]], DataError, 'finite numbers'],
    [
      'Infinity',
      [
        [0.2, 0.8],
        [0.1, -Infinity],
      ],
      DataError,
      'finite numbers',
    ],
    ['too short a row', [[0.2, 0.8], [0.2]], ShapeError, '2 numbers were expected at prediction 1, but [0.2] came'],
    ['too long a row', [[0.2], [0.2, 0.8]], ShapeError, '1 numbers were expected at prediction 1'],
    ['no numbers', [[], []], ShapeError, '1 or more numbers were expected at prediction 0'],
    ['a class among rows', [[0.2, 0.8], 1], ShapeError, '2 numbers were expected at prediction 1, but 1 came'],
    [
      'a row among classes',
      [1, [Number.NaN, 0.8]],
      ShapeError,
      '1 or more numbers were expected at prediction 0, but 1 came',
    ],
  ])('%s is no prediction of a table, nor of a report or a calibration', async (_, predictions, type, message) => {
    const given = predictions as number[][];
    await expectRefusal(() => confusionMatrix(given, [0, 1]), type, `confusionMatrix: ${message}`);
    await expectRefusal(() => classificationReport(given, [0, 1]), type, `classificationReport: ${message}`);
    expect(() => calibration(given, [0, 1])).toThrow(/^calibration: .* expected at prediction [01], but /);
  });
});

describe('of predictions that are NaN no score is a number', () => {
  test('argmax names none of them the largest', async () => {
    await expectRefusal(() => argmax([0.3, Number.NaN]), DataError, 'argmax: ', 'NaN at index 1');
    await expectRefusal(() => argmax([]), DataError, 'argmax: ', 'none came');
    expect(argmax([-Infinity, 2, Infinity])).toBe(2);
    expect(accuracy().score([Number.NaN, 0.9], 0)).toBeNaN();
    expect(accuracy().score([0.9, Number.NaN], [1, 0])).toBeNaN();
    expect(accuracy().score([], [])).toBeNaN();
  });

  test('and none is in an evaluation or in MC dropout', async () => {
    const named = ['accuracy', 'top-1', 'f1', 'f1-micro', 'precision-weighted', 'recall:1', 'auc', 'perplexity'];
    const of = async (loss: Loss, metrics: readonly string[], y: readonly (number | number[])[]) => {
      const model = await identity(2, loss);
      // One sample of three: its sum of products is Infinity - Infinity.
      await model.setWeights(
        {
          '0.weight': [
            [1e308, -1e308],
            [1, 0],
          ],
          '0.bias': [0, 0],
        },
        { input: { kind: 'vector', size: 2 }, loss },
      );
      const x = [
        [0, 0],
        [1e9, 1e9],
        [0, 1],
      ];
      const found = await model.evaluate({ x, y } as Examples, { metrics });
      const [, mc] = await model.predictMC(x, { passes: 2, key: key(1) });
      await model.dispose();
      expect([mc?.entropy, mc?.mutualInformation]).toEqual(loss.link === 'linear' ? [0, 0] : [Number.NaN, Number.NaN]);
      return found;
    };
    const classes = await of(softmaxCrossEntropy(), named, [0, 1, 0]);
    const values = await of(
      meanSquaredError(),
      ['r2', 'root-mean-squared-error', 'mean-absolute-error'],
      [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
    );
    const sides = await of(
      binaryCrossEntropy(),
      ['accuracy', 'f1', 'auc'],
      [
        [0, 1],
        [1, 0],
        [1, 1],
      ],
    );
    expect(Object.keys(classes)).toEqual(['loss', ...named]);
    for (const scores of [classes, values, sides])
      for (const [name, value] of Object.entries(scores)) expect([name, value]).toEqual([name, Number.NaN]);
  });
});

describe('what is wrong is told before training', () => {
  test('names, classes and options', async () => {
    const model = await identity(3, softmaxCrossEntropy());
    const evaluate = (metrics: readonly unknown[]) => () =>
      model.evaluate({ x: [[1, 2, 3]], y: [0] }, { metrics } as never);
    const wrong: readonly (readonly [() => unknown, string])[] = [
      [evaluate(['F1']), 'metrics of accuracy, auc'],
      [evaluate(['top-0']), 'metrics of accuracy, auc'],
      [evaluate(['toString']), 'metrics of accuracy, auc'],
      [evaluate(['recall:spam']), 'a class number was expected behind the colon'],
      [evaluate(['recall:3']), 'a class from 0 to 2 was expected'],
      [evaluate(['r2']), 'metric r2: a loss of values was expected'],
      [evaluate(['f1', f1()]), 'distinct names'],
      [evaluate([{ name: 'own' }]), 'a metric { name, score } was expected'],
      [evaluate([{ name: 'own', score: () => 1, value: 1 }]), 'a metric { name, score } was expected'],
      [() => topK(0), 'a whole number from 1 was expected as k'],
      [() => f1({ average: 'mean' } as never), 'average'],
      [() => f1({ average: 'macro', of: 1 }), 'both came'],
      [() => recall({ of: -1 }), 'a whole number from 0'],
    ];
    for (const [act, message] of wrong) await expectRefusal(act, OptionError, message);
    const values = await identity(1, meanSquaredError());
    for (const metric of ['f1', 'auc', 'perplexity', 'top-1']) {
      const act = () =>
        values.fit({ x: [[1]], y: [1] }, { key: key(1), epochs: 1, loss: meanSquaredError(), metrics: [metric] });
      await expectRefusal(act, OptionError, `metric ${metric}: a loss of classes`);
      expect(values.updates).toBe(0);
    }
    for (const act of [
      () => confusionMatrix([0, 1], [0]),
      () => confusionMatrix([0.5], [0]),
      () => confusionMatrix([3], [0], 2),
      () => confusionMatrix([1e9], [0]),
    ])
      await expectRefusal(act, DataError, 'confusionMatrix: ');
    await model.dispose();
    await values.dispose();
  });
});

test.each<[string, Partial<Metric>, string]>([
  ['a score that is a string', { score: () => '1' as never }, 'a number was expected from its score, but "1" came'],
  ['a score that comes later', { score: (async () => 1) as never }, 'expected from its score, but a Promise came'],
  ['no score', { score: () => undefined as never }, 'expected from its score, but undefined came'],
  ['a value that is a string', { count: () => [1, 2], value: () => '2' as never }, 'expected from its value, but "2"'],
  ['a value that comes later', { count: () => [1], value: (async () => 1) as never }, 'from its value, but a Promise'],
  [
    'counts that come later',
    { count: (async () => [1, 2]) as never },
    'a list of numbers was expected as what it counts',
  ],
  [
    'merging into strings',
    { count: () => [1, 2], merge: (tally) => tally.splice(0, 2, '1' as never, '2' as never) },
    'a list of numbers was expected as what its batches come to',
  ],
])('%s is refused, by the name of the metric', async (_, parts, message) => {
  const model = await identity(2, softmaxCrossEntropy());
  const metric = { name: 'mine', ...parts } as Metric;
  const act = () => model.evaluate({ x: [[1, 2]], y: [0] }, { metrics: [metric] });
  await expectRefusal(act, OptionError, `metric mine: `, message);
  // One that is not defined is still a score.
  const scores = await model.evaluate(
    { x: [[1, 2]], y: [0] },
    { metrics: [{ name: 'mine', score: () => Number.NaN }] },
  );
  expect(scores.mine).toBeNaN();
  await model.dispose();
});
