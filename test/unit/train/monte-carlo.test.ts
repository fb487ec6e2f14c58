import {
  dense,
  dropout,
  key,
  ModelError,
  meanSquaredError,
  OptionError,
  sequential,
  softmaxCrossEntropy,
  Tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';

// A model of which all is known: softmax of two inputs, each dropped or doubled... here rate 0.2, so times 1.25.
const rate = 0.2;
const identity = {
  '1.weight': new Tensor(Float64Array.of(1, 0, 0, 1), [2, 2]),
  '1.bias': new Tensor(new Float64Array(2), [2]),
};

async function known(loss = softmaxCrossEntropy()) {
  const model = sequential([dropout({ rate }), dense({ units: 2 })]);
  await model.setWeights(identity, { input: { kind: 'vector', size: 2 }, loss });
  return model;
}

describe('predictMC', () => {
  test('averages what the masks give', async () => {
    const [found] = await (await known(meanSquaredError())).predictMC([[2, -4]], { passes: 4000, key: key(3) });
    // Each value is 0 or 1.25 x: mean x, variance x² p / (1 - p). 4000 passes: 6 standard errors, false alarm 1e-8.
    const error = (x: number): number => (6 * Math.abs(x) * Math.sqrt(rate / (1 - rate))) / Math.sqrt(4000);
    expect(Math.abs((found?.mean[0] as number) - 2)).toBeLessThan(error(2));
    expect(Math.abs((found?.mean[1] as number) + 4)).toBeLessThan(error(4));
    expect(found?.variance[0]).toBeCloseTo((4 * rate) / (1 - rate), 0);
    expect(found).toMatchObject({ entropy: 0, mutualInformation: 0 });
  });

  test('the entropy of the mean is at least the disagreement, and a sure model has none', async () => {
    const [unsure, sure] = await (await known()).predictMC(
      [
        [1, 3],
        [0, 0],
      ],
      { passes: 60 },
    );
    expect(unsure?.mutualInformation).toBeGreaterThan(0);
    expect(unsure?.entropy).toBeGreaterThan(unsure?.mutualInformation as number);
    // [0, 0] stays [0, 0] under any mask: undecided, and all passes agree on it.
    expect(sure?.entropy).toBeCloseTo(Math.log(2), 14);
    expect(sure?.mutualInformation).toBeCloseTo(0, 14);
    expect(sure?.variance).toEqual([0, 0]);
  });

  test('a key gives the same passes whatever the batches, and another key others', async () => {
    const x = Array.from({ length: 300 }, (_, i) => [i % 7, (i % 5) - 2]);
    const model = await known();
    const all = await model.predictMC(x, { passes: 3, key: key(1) });
    expect(await model.predictMC(x, { passes: 3, key: key(1) })).toEqual(all);
    expect(await model.predictMC(x.slice(0, 70), { passes: 3, key: key(1) })).toEqual(all.slice(0, 70));
    expect(await model.predictMC(x, { passes: 3, key: key(2) })).not.toEqual(all);
    // Samples in the same place of different batches have masks of their own.
    expect(all.slice(70, 105)).not.toEqual(all.slice(0, 35));
  });

  test('says what it needs', async () => {
    await expect((await known()).predictMC([[1, 2]], { passes: 1 })).rejects.toThrow(OptionError);
    const overTime = sequential([dense({ units: 1 })]);
    const weights = {
      '0.weight': new Tensor(Float64Array.of(1), [1, 1]),
      '0.bias': new Tensor(new Float64Array(1), [1]),
    };
    await overTime.setWeights(weights, { input: { kind: 'sequence', size: 1 } });
    await expect(overTime.predictMC([[[1], [2]]], { passes: 2 })).rejects.toThrow(ModelError);
  });
});
