import { readFileSync } from 'node:fs';
import {
  type AnyExample,
  type AnyExamples,
  adam,
  accuracy,
  DataError,
  dense,
  dropout,
  earlyStopping,
  embedding,
  type FitOptions,
  fitOptions,
  heads,
  inputs,
  key,
  type Layer,
  lstm,
  meanSquaredError,
  ModelError,
  modelFromFiles,
  OptionError,
  pooling,
  runFromFiles,
  runToFiles,
  sequential,
  sgd,
  softmaxCrossEntropy,
  stratifiedKFold,
  type Uncertainty,
  variational,
} from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { expectSameBits } from '../../helpers/numeric.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const engine = createReferenceEngine();
afterAll(() => engine.dispose());

const layers = (): readonly Layer[] => [
  inputs({ words: [embedding({ vocabulary: 7, units: 3 })], shapes: [embedding({ vocabulary: 4, units: 2 })] }),
  lstm({ units: 4, returnSequences: true, dropout: variational({ recurrent: 0.3 }) }),
  heads({
    tags: [dropout({ rate: 0.2 }), dense({ units: 3, activation: 'softmax' })],
    topic: [pooling({ over: 'mean' }), dense({ units: 2 })],
  }),
];
const x = { words: [[1, 2, 3, 6], [4], [5, 3], [2, 1, 4]], shapes: [[0, 1, 1, 3], [2], [0, 3], [1, 1, 2]] };
const y = { tags: [[0, 1, 2, 2], [1], null, [2, 0, 1]], topic: [1, null, 0, 1] };
const examples: AnyExamples = { x, y };
const loss = { tags: softmaxCrossEntropy(), topic: softmaxCrossEntropy() };
const told = { key: key(1), epochs: 2, batchSize: 2, loss, optimizer: adam({ learningRate: 0.02 }) };
/** The same, as one object a sample. */
const rows = x.words.map((words, i): AnyExample => {
  const topic = y.topic[i];
  return {
    x: { words, shapes: x.shapes[i] ?? [] },
    y: { tags: y.tags[i] ?? null, ...(topic == null ? {} : { topic }) },
  };
});

const made = () => sequential(layers(), { engine });

async function after(given: Parameters<ReturnType<typeof made>['fit']>[0], options: FitOptions) {
  const model = made();
  const history = await model.fit(given, options);
  return { history, weights: await model.getWeights(), model };
}

test('losses of each output and weights are those of PyTorch within 1e-9', async () => {
  const golden = JSON.parse(readFileSync(new URL('../../golden/heads.json', import.meta.url), 'utf8'));
  const model = sequential(
    [
      inputs({ words: [embedding({ vocabulary: 5, units: 3 })], numbers: [dense({ units: 2, activation: 'tanh' })] }),
      lstm({ units: 4, returnSequences: true }),
      heads({
        tags: [dense({ units: 3 })],
        topic: [pooling({ over: 'mean' }), dense({ units: 2 })],
        values: [pooling({ over: 'last' }), dense({ units: 2 })],
      }),
    ],
    { engine },
  );
  const input = {
    inputs: { words: { kind: 'tokens', vocabulary: 5 }, numbers: { kind: 'sequence', size: 2 } },
  } as const;
  await model.setWeights(golden.before, { input });
  const { epochs } = await model.fit(
    { x: golden.x, y: golden.y },
    {
      key: key(1),
      epochs: golden.losses.length,
      batchSize: 3,
      loss: { tags: softmaxCrossEntropy(), topic: softmaxCrossEntropy(), values: meanSquaredError() },
      lossWeights: golden.lossWeights,
      optimizer: sgd({ learningRate: golden.learningRate }),
      metrics: { tags: [], topic: [] },
    },
  );
  for (const [i, wanted] of (golden.losses as Record<string, number>[]).entries()) {
    expect(Object.keys(epochs[i]?.training ?? {})).toEqual(Object.keys(wanted));
    for (const [name, value] of Object.entries(wanted))
      expect(epochs[i]?.training[name], `${name} of update ${i}`).toBeCloseTo(value, 9);
  }
  for (const [path, weight] of Object.entries(await model.getWeights())) {
    const wanted = (golden.after[path] as number[] | number[][]).flat();
    for (const [i, value] of weight.toFlat().entries())
      expect(value, `${path}[${i}]`).toBeCloseTo(wanted[i] as number, 9);
  }
});

describe('inputs and targets by name', () => {
  test('are the same as an object a sample, in a list and from an iterable', async () => {
    const byName = await after(examples, told);
    const list = await after(rows as never, told);
    expectSameBits(list.weights, byName.weights);
    const plain = { ...told, epochs: 1, shuffleBuffer: 1 };
    const streamed = await after(() => rows, plain);
    expect(streamed.history.epochs[0]?.training['topic.loss']).toBeGreaterThan(0);
    const { model } = byName;
    expect(await model.predict([{ words: [1, 2], shapes: [0, 1] }])).toEqual(
      await model.predict({ words: [[1, 2]], shapes: [[0, 1]] }),
    );
  });

  test('a head alone learns what the model without the other would', async () => {
    const { weights } = await after(examples, { ...told, lossWeights: { topic: 0 } });
    const before = made();
    const spec = {
      inputs: { words: { kind: 'tokens', vocabulary: 7 }, shapes: { kind: 'tokens', vocabulary: 4 } },
    } as const;
    await before.build(spec, key(1));
    const { weights: again } = await after(
      { x, y: { ...y, topic: [0, 1, 1, null] } },
      { ...told, lossWeights: { topic: 0 } },
    );
    expectSameBits(again, weights);
  });

  test('a sample whose targets are missing counts for nothing there', async () => {
    const { model } = await after(examples, told);
    const all = await model.evaluate(examples);
    const some = [0, 2, 3];
    const without = await model.evaluate({
      x: { words: some.map((i) => x.words[i] ?? []), shapes: some.map((i) => x.shapes[i] ?? []) },
      y: { tags: [y.tags[0] ?? null, null, y.tags[3] ?? null], topic: some.map((i) => y.topic[i] ?? null) },
    });
    expect(without['topic.loss']).toBe(all['topic.loss']);
    expect(without['tags.loss']).not.toBe(all['tags.loss']);
    expect(all.loss).toBeCloseTo((all['tags.loss'] ?? 0) + (all['topic.loss'] ?? 0), 12);
  });

  test('samples weigh for all outputs, or for each', async () => {
    const { model } = await after(examples, told);
    const of = (sampleWeight: AnyExamples['sampleWeight']) =>
      model.evaluate({ ...examples, sampleWeight } as AnyExamples);
    const [none, ofAll, ofOne] = [
      await model.evaluate(examples),
      await of([1, 2, 3, 0]),
      await of({ tags: [1, 2, 3, 0] }),
    ];
    expect(ofOne['tags.loss']).toBe(ofAll['tags.loss']);
    expect(ofOne['topic.loss']).toBe(none['topic.loss']);
    expect(ofAll['topic.loss']).not.toBe(none['topic.loss']);
  });

  test('parts of folds have all names', () => {
    const [fold] = stratifiedKFold(examples, { folds: 2, key: key(1) });
    expect(Object.keys(fold?.train.x as object)).toEqual(['words', 'shapes']);
    expect((fold?.train.y as typeof y).topic).toHaveLength(2);
  });
});

describe('a run with several outputs', () => {
  test('is written down and goes on to the same bits, in the middle of an epoch as well', async () => {
    const options = { ...told, epochs: 3, lossWeights: { topic: 0.5 }, classWeight: { tags: 'balanced' as const } };
    const unbroken = await after(examples, options);
    const model = made();
    const trainer = await model.trainer(examples, options);
    for (let i = 0; i < 3; i++) {
      await trainer.next();
      if (trainer.atEndOfEpoch) await trainer.endEpoch();
    }
    const state = runFromFiles(runToFiles(await trainer.snapshot()));
    await trainer.finish();
    const resumed = made();
    const history = await resumed.fit(examples, { ...fitOptions(state.spec), resume: state });
    expectSameBits(await resumed.getWeights(), unbroken.weights);
    expect(history.epochs).toEqual(unbroken.history.epochs);
  });

  test('is saved with its losses, predicts by name and in a stream, and says how unsure it is', async () => {
    const { model } = await after(examples, { ...told, lossWeights: { topic: 0.5 } });
    const again = await modelFromFiles(await model.toFiles(), { engine });
    expect(await again.predict(x)).toEqual(await model.predict(x));
    expect(await again.evaluate(examples)).toEqual(await model.evaluate(examples));
    const { tags, topic } = await again.predict<Record<'tags' | 'topic', number[][]>>(x);
    expect(tags.map((steps) => steps.length)).toEqual([4, 1, 2, 3]);
    expect(topic.map((row) => row.reduce((a, b) => a + b))).toEqual(topic.map(() => expect.closeTo(1, 12)));
    const found = await again.predictMC<{ tags: Uncertainty[][]; topic: Uncertainty[] }>(x, { passes: 10 });
    expect(found.tags.map((steps) => steps.length)).toEqual([4, 1, 2, 3]);
    expect(found.topic.every(({ mutualInformation }) => mutualInformation >= 0)).toBe(true);
  });

  test('is monitored by the scores of an output', async () => {
    const stops = earlyStopping({ monitor: 'validation.tags.accuracy', patience: 1 });
    const { history } = await after(examples, { ...told, epochs: 20, validation: examples, callbacks: [stops] });
    expect(history.epochs.length).toBeLessThanOrEqual(20);
    expect(Object.keys(history.epochs[0]?.validation ?? {})).toEqual([
      'loss',
      'tags.loss',
      'tags.accuracy',
      'topic.loss',
      'topic.accuracy',
    ]);
    const wrong = earlyStopping({ monitor: 'validation.tag.accuracy', patience: 1 });
    await expectRefusal(
      () => after(examples, { ...told, validation: examples, callbacks: [wrong] }),
      OptionError,
      'validation.tags.accuracy',
    );
  });

  test('scores what each output is told, or all of them', async () => {
    const { model } = await after(examples, told);
    const names = async (metrics: Parameters<typeof model.evaluate>[1]) =>
      Object.keys(await model.evaluate(examples, metrics));
    expect(await names({ metrics: [accuracy()] })).toContain('topic.accuracy');
    expect(await names({ metrics: { topic: ['f1-macro'] } })).toEqual([
      'loss',
      'tags.loss',
      'tags.accuracy',
      'topic.loss',
      'topic.f1-macro',
    ]);
  });
});

describe('what does not fit is refused, and changes nothing', () => {
  const attempt = (given: Partial<Record<'x' | 'y' | 'lengths', unknown>>, options: object = {}) =>
    after({ x, y, ...given } as never, { ...told, ...options });
  test.each<[string, () => Promise<unknown>, new (message: string) => Error, string]>([
    ['an unknown output', () => attempt({ y: { tags: y.tags, topik: y.topic } }), DataError, 'did you mean topic?'],
    ['a missing output', () => attempt({ y: { tags: y.tags } }), DataError, 'topic is missing'],
    ['a missing input', () => attempt({ x: { words: x.words } }), DataError, 'shapes is missing'],
    ['inputs without names', () => attempt({ x: x.words }), DataError, 'sample 0: x by the names words, shapes'],
    [
      'fewer samples of one input',
      () => attempt({ x: { ...x, shapes: [[0]] } }),
      DataError,
      '4 of words and 1 of shapes',
    ],
    [
      'other steps of one input',
      () => attempt({ x: { ...x, shapes: [[0], [2], [0, 3], [1, 1, 2]] } }),
      DataError,
      'sample 0 has 4 of words',
    ],
    [
      'what an input cannot take',
      () => attempt({ x: { ...x, shapes: [[9, 1, 1, 3], [2], [0, 3], [1, 1, 2]] } }),
      DataError,
      'examples: shapes: token ids',
    ],
    [
      'fewer targets of one output',
      () => attempt({ y: { ...y, topic: [1, 0] } }),
      DataError,
      'examples: topic: as many targets',
    ],
    [
      'no targets of an output at all',
      () => attempt({ y: { ...y, topic: [null, null, null, null] } }),
      DataError,
      'all are missing',
    ],
    ['lengths of nothing', () => attempt({ lengths: [1, 1, 1, 1] }), DataError, 'lengths by the names words, shapes'],
    [
      'one loss for all',
      () => attempt({}, { loss: softmaxCrossEntropy() }),
      ModelError,
      'a loss for each of its outputs tags, topic',
    ],
    ['no loss of an output', () => attempt({}, { loss: { tags: loss.tags } }), ModelError, 'that of topic is missing'],
    ['what is no loss', () => attempt({}, { loss: { ...loss, topic: 'mse' } }), OptionError, 'loss of topic'],
    ['a weight of nothing', () => attempt({}, { lossWeights: { tag: 1 } }), OptionError, 'did you mean tags?'],
    ['a weight below 0', () => attempt({}, { lossWeights: { tags: -1 } }), OptionError, '-1 came'],
    ['weights of 0 alone', () => attempt({}, { lossWeights: { tags: 0, topic: 0 } }), OptionError, 'all are 0'],
    ['metrics of nothing', () => attempt({}, { metrics: { tag: [] } }), OptionError, 'did you mean tags?'],
    [
      'class weights of all',
      () => attempt({}, { classWeight: 'balanced' }),
      OptionError,
      'one for each of the outputs',
    ],
    ['balanced samples', () => attempt({}, { sampling: 'balanced' }), OptionError, 'one output'],
  ])('%s', async (_, fit, Kind, part) => {
    await expectRefusal(fit, Kind, part);
  });

  test('several losses for one output, and names that no path can have', async () => {
    const plain = sequential([dense({ units: 2 })], { engine });
    await expectRefusal(() => plain.fit({ x: [[1]], y: [0] }, { ...told, loss }), ModelError, 'one loss was expected');
    const { lossWeights } = { lossWeights: { y: 1 } };
    const options = { ...told, loss: loss.tags, lossWeights };
    await expectRefusal(() => plain.fit({ x: [[1]], y: [0] }, options), OptionError, 'leave lossWeights out');
    for (const name of ['x', 'a.b', 'a/b', 'a b', ''])
      await expectRefusal(() => heads({ [name]: [dense({ units: 1 })] }), ModelError, 'heads: names');
    await expectRefusal(() => inputs([] as never), ModelError, 'inputs: a list of layers by each name');
    await expectRefusal(
      () => plain.build({ inputs: { z: { kind: 'vector', size: 1 } } }, key(1)),
      ModelError,
      '{ inputs } with x',
    );
  });
});
