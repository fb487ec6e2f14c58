import { accuracy, binaryCrossEntropy, dense, key, lstm, sequential, softmaxCrossEntropy, Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';

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
