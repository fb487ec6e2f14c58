import {
  accuracy,
  argmax,
  binaryCrossEntropy,
  dense,
  key,
  lstm,
  meanSquaredError,
  OptionError,
  sequential,
  softmaxCrossEntropy,
  Tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { defaultMetrics, metricsOf } from '../../../../src/train/metrics/metrics.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const identity = { '0.weight': new Tensor(Float64Array.of(1), [1, 1]), '0.bias': new Tensor(new Float64Array(1), [1]) };

describe('accuracy', () => {
  test('is the share of the likeliest classes, or of the right yes and no, that are right', () => {
    const { score } = accuracy();
    expect([score([0.2, 0.5, 0.3], 1), score([0.2, 0.5, 0.3], 2)]).toEqual([1, 0]);
    expect(score([0.9, 0.2, 0.7], [1, 1, 1])).toBeCloseTo(2 / 3, 14);
  });

  test('does not depend on whether a single target comes alone or in a list', async () => {
    const x = [[-3], [2], [1], [4]];
    const model = sequential([dense({ units: 1 })]);
    await model.setWeights(identity, { input: { kind: 'vector', size: 1 }, loss: binaryCrossEntropy() });
    expect((await model.evaluate({ x, y: [0, 1, 1, 0] })).accuracy).toBe(0.75);
    expect((await model.evaluate({ x, y: [[0], [1], [1], [0]] })).accuracy).toBe(0.75);
    const classes = sequential([dense({ units: 3 })]);
    await classes.build({ kind: 'vector', size: 1 }, key(1));
    const loss = softmaxCrossEntropy();
    expect(await classes.evaluate({ x, y: [[0], [1], [2], [2]] }, { loss })).toEqual(
      await classes.evaluate({ x, y: [0, 1, 2, 2] }, { loss }),
    );
  });

  test('leaves out samples without steps', async () => {
    const model = sequential([lstm({ units: 2, returnSequences: true }), dense({ units: 2 })]);
    const examples = { x: [[[1]], []], y: [[1], []] };
    const options = { key: key(1), epochs: 1, batchSize: 1, loss: softmaxCrossEntropy() };
    const { epochs } = await model.fit(examples, options);
    expect(epochs[0]?.training.accuracy).toBeTypeOf('number');
    expect(epochs[0]?.training.accuracy).not.toBeNaN();
    expect(await model.evaluate(examples)).toEqual(await model.evaluate({ x: [[[1]]], y: [[1]] }));
  });
});

describe('what is no list of numbers', () => {
  const wrong: readonly unknown[] = ['ab', null, 5, {}, [1, '2'], [1, null], new Set([1]), BigInt64Array.of(1n)];

  test('is refused as a prediction, a target, and by argmax', async () => {
    const { score } = accuracy();
    for (const value of wrong) {
      // As a prediction it is named before argmax sees it.
      for (const target of [0, [1, 1]]) {
        const act = (): unknown => score(value as never, target);
        await expectRefusal(act, OptionError, 'accuracy: a list of numbers was expected as prediction');
      }
      if (value !== 5) {
        const act = (): unknown => score([0.2, 0.8], value as never);
        await expectRefusal(act, OptionError, 'accuracy: a list of numbers was expected as target');
      }
      const act = (): unknown => argmax(value as never);
      await expectRefusal(act, OptionError, 'argmax: a list of numbers was expected as values');
    }
  });
});

test('argmax is the first of the largest', () => {
  expect([argmax([-3, -1, -2]), argmax([1, 2, 2]), argmax([4, 4]), argmax([7])]).toEqual([1, 1, 0, 0]);
});

test('a half is a no, on either side', () => {
  const { name, score } = accuracy();
  expect(name).toBe('accuracy');
  expect(score([0.5, 0.5, 0.51, 0.51], [0, 1, 0.5, 0.6])).toBe(0.5);
});

test('predictions that are right or wrong have an accuracy by default, values none', () => {
  expect(defaultMetrics(softmaxCrossEntropy()).map(({ name }) => name)).toEqual(['accuracy']);
  expect(defaultMetrics(binaryCrossEntropy()).map(({ name }) => name)).toEqual(['accuracy']);
  expect(defaultMetrics(meanSquaredError())).toEqual([]);
});

test('metrics are a list, with names that differ from each other and from the loss', async () => {
  const score = (): number => 1;
  metricsOf('test', []);
  metricsOf('test', [accuracy(), { name: 'other', score }]);
  for (const [metrics, message] of [
    [accuracy(), 'a list of metrics was expected'],
    [null, 'a list of metrics was expected, but null came'],
    [[{ name: 'a' }], 'a metric { name, score } was expected'],
    [[{ score }], 'a metric { name, score } was expected'],
    [[{ name: 7, score }], 'a metric { name, score } was expected'],
    [[accuracy], 'a metric { name, score } was expected'],
    [[{ name: 'loss', score }], 'distinct names of metrics were expected, but "loss" is taken'],
    [[accuracy(), { name: 'accuracy', score }], 'distinct names of metrics were expected, but "accuracy" is taken'],
  ] as const)
    await expectRefusal(() => metricsOf('test', metrics as never), OptionError, `test: ${message}`);
});
