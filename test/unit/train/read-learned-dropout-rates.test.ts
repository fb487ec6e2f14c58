import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adam,
  adamW,
  bidirectional,
  concrete,
  type Distribution,
  dense,
  dropout,
  fold,
  gru,
  key,
  loadModel,
  lstm,
  type Model,
  meanSquaredError,
  type SchemeLike,
  sequential,
  Tensor,
} from 'keepgate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { normal } from '../../../src/random/draws.ts';

const INPUT = { kind: 'sequence', size: 2 } as const;
const x = Array.from({ length: 8 }, (_, i) => [
  [0.2 * i, 1],
  [1 - 0.3 * i, 0.5],
  [0.1, -0.4],
]);
const y = x.map((_, i) => [i % 2]);
const options = {
  key: key(2),
  epochs: 3,
  batchSize: 4,
  loss: meanSquaredError(),
  optimizer: adam({ learningRate: 0.05 }),
};

const free: Distribution = { name: 'concrete', temperature: 0.1, weightRegularizer: 0, dropoutRegularizer: 0 };

function model(rate = 0.2): Model {
  return sequential([
    bidirectional(gru({ units: 3, dropout: concrete({ input: rate, recurrent: rate / 2 }) })),
    dropout({ rate, distribution: free }),
    dense({ units: 1 }),
  ]);
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-rates-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('learnedRates', () => {
  test('are those of the scheme before training, one for each site and lane', async () => {
    const fresh = model();
    await fresh.build(INPUT, key(1));
    const rates = await fresh.learnedRates();
    expect(Object.keys(rates).sort()).toEqual([
      '0.input_l0',
      '0.input_l0_reverse',
      '0.recurrent_l0',
      '0.recurrent_l0_reverse',
      '1.output',
    ]);
    for (const [name, rate] of Object.entries(rates)) expect(rate).toBeCloseTo(name.includes('rec') ? 0.1 : 0.2, 6);
    expect(fresh.summary()).toContain('bidirectional(gru, dropout: input 0.2 concrete, recurrent 0.1 concrete)');
  });

  test('change in training, are saved, and go on from there', async () => {
    const trained = model();
    await trained.fit({ x, y }, options);
    const rates = await trained.learnedRates();
    for (const [name, rate] of Object.entries(rates)) {
      expect(Math.abs(rate - (name.includes('rec') ? 0.1 : 0.2)), name).toBeGreaterThan(1e-4);
    }
    await trained.save(join(folder, 'model'));
    const loaded = await loadModel(join(folder, 'model'));
    expect(await loaded.learnedRates()).toEqual(rates);
    const passes = { passes: 4, key: key(3) };
    expect(await loaded.predictMC(x, passes)).toEqual(await trained.predictMC(x, passes));
    await trained.fit({ x, y }, options);
    expect(await trained.learnedRates()).not.toEqual(rates);
  });

  test('are none for a model that learns none', async () => {
    const plain = sequential([lstm({ units: 2, dropout: [{ site: 'input', rate: 0.2 }] }), dense({ units: 1 })]);
    await plain.fit({ x, y }, options);
    expect(await plain.learnedRates()).toEqual({});
  });
});

test('predictMC draws at the learned rates, and evaluation knows nothing of them', async () => {
  const weights = { ...(await built(model(0.2))), ...logits(await built(model(0.5))) };
  const [moved, same] = [model(0.2), model(0.5)];
  for (const one of [moved, same]) await one.setWeights(weights, { input: INPUT, loss: meanSquaredError() });
  const passes = { passes: 5, key: key(4) };
  // Both have learned 0.5, wherever they started from.
  expect(await moved.predictMC(x, passes)).toEqual(await same.predictMC(x, passes));

  const start = model(0.2);
  await start.setWeights(await built(model(0.2)), { input: INPUT, loss: meanSquaredError() });
  expect(await start.predictMC(x, passes)).not.toEqual(await moved.predictMC(x, passes));
  expect(await start.predict(x)).toEqual(await moved.predict(x));
  expect(await start.evaluate({ x, y })).toEqual(await moved.evaluate({ x, y }));
});

describe('what is learned', () => {
  // A linear model of one input that tells all, and of one that is noise: to drop is to lose.
  const signal = normal(fold(key(1), 'signal'), 200);
  const data = { x: Array.from(signal, (value) => [[value, 1]]), y: Array.from(signal, (value) => [value]) };
  const long = { ...options, epochs: 30, batchSize: 20, optimizer: adam({ learningRate: 0.03 }) };
  const rateAfter = async (distribution: Distribution): Promise<number> => {
    const scheme: SchemeLike = [{ site: 'input', rate: 0.3, distribution }];
    const learner = sequential([lstm({ units: 6, dropout: scheme }), dense({ units: 1 })]);
    await learner.fit(data, long);
    return (await learner.learnedRates())['0.input_l0'] as number;
  };

  test('is less dropout where the loss is all that counts', async () => {
    expect(await rateAfter(free)).toBeLessThan(0.2);
  });

  test('is the rate of the largest entropy, a half, where that is all that counts', async () => {
    expect(await rateAfter({ ...free, dropoutRegularizer: 100 })).toBeCloseTo(0.5, 1);
  });
});

test.each([38, 800, -38, -800])(
  'a logit of %d, where a rate is rounded, does not stop what the model can do',
  async (logit) => {
    const far = model();
    const weights = { ...(await built(model())), '1.output_rate_logit': new Tensor(Float64Array.of(logit), [1]) };
    await far.setWeights(weights, { input: INPUT, loss: meanSquaredError() });
    const rate = (await far.learnedRates())['1.output'] as number;
    expect(rate > 0 && rate < 1).toBe(true);
    expect(Math.abs(rate - (logit > 0 ? 1 : 0))).toBeLessThan(1e-7);
    const near = model();
    await near.setWeights({ ...weights, ...logits(await built(model())) }, { input: INPUT, loss: meanSquaredError() });
    // What is learned is no part of evaluation.
    expect(await far.predict(x)).toEqual(await near.predict(x));
    const passes = await far.predictMC(x, { passes: 3 });
    expect(passes.every(({ mean }) => mean.every(Number.isFinite))).toBe(true);
    const { epochs } = await far.fit({ x, y }, { ...options, epochs: 1 });
    expect(Number.isFinite(epochs[0]?.training.loss)).toBe(true);
  },
);

test('weight decay is for weights, and not for the logits of rates, which it would pull towards a rate of a half', async () => {
  const oneStep = { ...options, epochs: 1, batchSize: x.length };
  const [plain, decayed] = [model(), model()];
  await plain.fit({ x, y }, { ...oneStep, optimizer: adam({ learningRate: 0.05 }) });
  await decayed.fit({ x, y }, { ...oneStep, optimizer: adamW({ learningRate: 0.05, weightDecay: 0.7 }) });
  expect(await decayed.learnedRates()).toEqual(await plain.learnedRates());
  const [weights, others] = [await decayed.getWeights(), await plain.getWeights()];
  expect(weights['0.weight_ih_l0']?.toFlat()).not.toEqual(others['0.weight_ih_l0']?.toFlat());
});

async function built(fresh: Model): Promise<Record<string, Tensor>> {
  await fresh.build(INPUT, key(1));
  return fresh.getWeights();
}

function logits(weights: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => name.includes('rate_logit')));
}
