import {
  accuracy,
  adam,
  createEngine,
  dense,
  embedding,
  key,
  type Layer,
  lstm,
  mean,
  meanSquaredError,
  OptionError,
  pooling,
  recurrent,
  sample,
  sequential,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { show } from '../../../src/errors.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const examples = {
  x: [
    [1, 2],
    [3, 4],
  ],
  y: [0, 1],
};
const options = { key: key(1), epochs: 1, loss: softmaxCrossEntropy() };
const aModel = () => sequential([dense({ units: 2 })], { engine: 'reference' });
const untyped = (call: unknown) => call as (...args: readonly unknown[]) => Promise<unknown>;

/** A method of a fresh model. */
function call(name: 'evaluate' | 'fit' | 'predict' | 'setWeights'): ReturnType<typeof untyped> {
  const model = aModel();
  return untyped(model[name].bind(model));
}

/** What is refused leaves a model that was trained as it was. */
async function expectUntouched(act: (model: ReturnType<typeof aModel>) => unknown, ...parts: string[]): Promise<void> {
  const model = aModel();
  await model.fit(examples, options);
  const before = JSON.stringify([model.updates, await model.getWeights()]);
  let error: unknown;
  try {
    await act(model);
  } catch (reason) {
    error = reason;
  }
  expect(error).toMatchObject({ message: expect.stringMatching(/^[^\n]+$/) });
  for (const part of parts) expect((error as Error).message).toContain(part);
  expect(JSON.stringify([model.updates, await model.getWeights()])).toBe(before);
  await model.dispose();
}

describe('O27: an option that nobody knows is named, with all that there are', () => {
  const layer = recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 2, engine: 'reference' });
  const sizes = { batch: 1, time: 2, inputSize: 1, hiddenSize: 2, gates: 1 };
  const scheme = variational({ recurrent: 0.5 });
  const weights = { input: { kind: 'vector', size: 2 }, update: 3 };

  test.each<[string, () => unknown, string]>([
    [
      'forward(x, { length })',
      () => untyped(layer.forward.bind(layer))([[[1]]], { length: [1] }),
      'did you mean lengths?',
    ],
    [
      'sequential(l, { engin })',
      () => untyped(sequential)([dense({ units: 1 })], { engin: 1 }),
      'did you mean engine?',
    ],
    ['evaluate(d, { metric })', () => call('evaluate')(examples, { metric: [] }), 'did you mean metrics?'],
    ['setWeights(w, { update })', () => call('setWeights')({}, weights), 'did you mean updates?'],
    ['predict(x, { stat })', () => call('predict')(examples.x, { stat: {} }), 'did you mean state?'],
    ['fit({ x, y, weights })', () => call('fit')({ ...examples, weights: [1, 2] }, options), '"weights"'],
    [
      'extents of sample: frist',
      () => untyped(sample)(scheme, key(1), { ...sizes, frist: { step: 1 } }),
      'its options are batch, time, inputSize',
    ],
    [
      'first of extents: stepp',
      () => untyped(sample)(scheme, key(1), { ...sizes, first: { stepp: 1 } }),
      'did you mean step?',
    ],
    ['mean(scheme, { updates })', () => untyped(mean)(scheme, { updates: 3 }), 'did you mean update?'],
  ])('%s', async (_, act, part) => {
    await expectRefusal(act as () => unknown, OptionError, 'is not an option of it', part);
  });
});

describe('O34: what fit calls is seen to before it begins', () => {
  test.each<[string, object, string]>([
    ['a callback with onEpochEnd', { callbacks: [{ onEpochEnd() {} }] }, '"onEpochEnd" came, which nobody calls'],
    ['one beside onEpoch', { callbacks: [{ onEpoch() {}, onTrainEnd() {} }] }, '"onTrainEnd" came'],
    ['a bare function', { callbacks: [() => undefined] }, 'wrap a function as { onEpoch }'],
    ['no list', { callbacks: { onEpoch() {} } }, 'pass callbacks: [...]'],
    ['nothing in the list', { callbacks: [null] }, 'but null came'],
    ['a hole in the list', { callbacks: new Array(1) }, 'but undefined came'],
    ['a name that no metric has', { metrics: ['acuracy'] }, 'metrics of accuracy, auc, perplexity'],
    ['a metric that was not called', { metrics: [accuracy] }, 'pass metrics: [accuracy()]'],
    ['an optimizer that was not called', { optimizer: adam }, 'pass adam() or another'],
    ['a loss that was not called', { loss: softmaxCrossEntropy }, 'pass softmaxCrossEntropy()'],
  ])('%s', async (_, changed, part) => {
    await expectUntouched((model) => untyped(model.fit.bind(model))(examples, { ...options, ...changed }), part);
  });
});

describe('O3b: all samples are checked before the first update', () => {
  const many = (bad: unknown, at: number) => Array.from({ length: 70 }, (_, i) => (i === at ? bad : [1, 2]));
  test('a token that is undefined', async () => {
    const layers = [embedding({ vocabulary: 5, units: 2 }), pooling({ over: 'mean' }), dense({ units: 2 })];
    const model = sequential(layers, { engine: 'reference' });
    const x = many([1, undefined], 60);
    await expect(untyped(model.fit.bind(model))({ x, y: x.map(() => 0) }, options)).rejects.toThrow('sample 60');
    expect(model.updates).toBe(0);
    await model.dispose();
  });
  test.each<[string, unknown, string]>([
    ['undefined', undefined, 'sample 60'],
    ['a class that there is not', 2, 'sample 60'],
  ])('a target that is %s', async (_, bad, part) => {
    const y = Array.from({ length: 70 }, (__, i) => (i === 60 ? bad : 1));
    await expectUntouched((model) => untyped(model.fit.bind(model))({ x: many([1, 2], 0), y }, options), part);
  });
});

test('numbers that float32 lacks are refused before the first update, and where they are uploaded', async () => {
  const model = sequential([dense({ units: 1 })], { engine: 'simd' });
  const x = Array.from({ length: 70 }, (_, i) => [i === 60 ? 1e39 : i]);
  const run = { ...options, loss: meanSquaredError() };
  await expect(model.fit({ x, y: x }, run)).rejects.toThrow('the input of sample 60 has 1e+39');
  await expect(model.fit({ x: x.map(() => [1]), y: x }, run)).rejects.toThrow('the target of sample 60 has 1e+39');
  expect(model.updates).toBe(0);
  await model.fit({ x: [[1]], y: [[1]] }, run);
  await expect(model.predict([[1e39]])).rejects.toThrow("1e+39 came; scale the data, or take the engine 'reference'");
  await model.dispose();
  const ops = await createEngine('reference');
  expect([...(await ops.read(ops.upload([1e39], [1])))]).toEqual([1e39]);
  await ops.dispose();
});

describe('O28: what is none of it is told by the package', () => {
  test('a layer that was not called, and one that was put together by hand', async () => {
    await expectRefusal(() => untyped(sequential)([dense]), Error, 'call it: dense({ ... })');
    const lacking = { ...dense({ units: 1 }), outputs: undefined } as unknown as Layer;
    await expectRefusal(() => sequential([lacking]), Error, 'dense: a function was expected as outputs of the layer');
  });
  test('sizes that no array holds', async () => {
    const model = sequential([lstm({ units: 1e9 })], { engine: 'reference' });
    const build = model.build({ kind: 'sequence', size: 2 }, key(1));
    await expect(build).rejects.toThrow('at most 2147483647 numbers in one were expected');
    await expectRefusal(() => recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 1e9 }), Error, 'take fewer units');
    await expectRefusal(() => lstm({ units: 1, layers: 10_000_000 }), OptionError, 'at most 1000 layers');
  });
  test('a key whose words have no text', async () => {
    const words = JSON.parse('[{"toString":1}]');
    await expectRefusal(() => untyped(variational)({ recurrent: words }), Error, `but ${show(words)} came`);
  });
});
