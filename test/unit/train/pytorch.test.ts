import {
  adagrad,
  adam,
  adamW,
  createEngine,
  dense,
  embedding,
  type FitOptions,
  key,
  nadam,
  type Optimizer,
  radam,
  rmsprop,
  rnn,
  sequential,
  sgd,
} from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import type { Config } from '../../../src/define.ts';
import { restoreLoss } from '../../../src/train/losses/losses.ts';
import { learningRateAt } from '../../../src/train/schedules/learning-rate-schedule.ts';
import { restoreLearningRate } from '../../../src/train/schedules/schedules.ts';
import golden from '../../golden/training.json' with { type: 'json' };
import { range } from '../../helpers/tensors.ts';

const ops = await createEngine('reference');
afterAll(() => ops.dispose());

/** What `training.py` came to, in float64 as the reference engine. */
const BOUND = 1e-9;

function expectNear(actual: unknown, expected: unknown): void {
  const [ours, theirs] = [actual, expected].map((values) => [values].flat(9).map(Number)) as [number[], number[]];
  expect(ours.length).toBe(theirs.length);
  expect(theirs.length).toBeGreaterThan(0);
  const largest = Math.max(...theirs.map((value, i) => Math.abs((ours[i] as number) - value)));
  expect(largest).toBeLessThan(BOUND);
}

const MAKERS: Readonly<Record<string, (options: object) => Optimizer>> = {
  sgd,
  adam,
  adamW,
  rmsprop,
  adagrad,
  nadam,
  radam,
};

function optimizerOf({ type, ...options }: { readonly type: string }): Optimizer {
  const told = options as { readonly learningRate?: number | Config };
  const { learningRate } = told;
  const given = learningRate === undefined ? {} : { learningRate: restoreLearningRate(learningRate) };
  return (MAKERS[type] as (given: object) => Optimizer)({ ...told, ...given });
}

describe('fifty updates are those of PyTorch', () => {
  test.each(golden.optimizers.map(({ config, weights }) => ({ name: JSON.stringify(config), config, weights })))(
    '$name',
    async ({ config, weights }) => {
      const optimizer = optimizerOf(config);
      const { learningRate } = optimizer;
      let weight = ops.upload(golden.start, [3]);
      let slots: Readonly<Record<string, typeof weight>> = Object.fromEntries(
        optimizer.slots.map((name) => [name, ops.zeros([3])]),
      );
      const found: number[][] = [];
      for (const [i, grad] of golden.gradients.entries()) {
        const at = { step: i + 1, scale: 1, learningRate: learningRate as number, decays: true };
        ({ weight, slots } = optimizer.update(ops, weight, ops.upload(grad, [3]), slots, at));
        found.push([...(await ops.read(weight))]);
      }
      expectNear(found, weights);
    },
  );
});

describe('fifty learning rates are those of PyTorch', () => {
  const history = golden.scores.map((loss, i) => ({ epoch: i + 1, training: { loss }, validation: null }));

  test.each(
    golden.schedules.map(({ config, learningRates }) => ({ name: JSON.stringify(config), config, learningRates })),
  )('$name', ({ config, learningRates }) => {
    const byUpdate = restoreLearningRate(config);
    const at = (i: number) => ({ update: i, epoch: i, history: history.slice(0, i) });
    expectNear(
      range(0, 50).map((i) => learningRateAt(byUpdate, at(i))),
      learningRates,
    );
    if (config.type === 'reduceOnPlateau') return;
    // The same in epochs, whatever the updates are.
    const byEpoch = restoreLearningRate(inEpochs(config));
    expectNear(
      range(0, 50).map((i) => learningRateAt(byEpoch, { update: 7 * i + 3, epoch: i })),
      learningRates,
    );
  });
});

function inEpochs(config: object): object {
  const { to, ...others } = config as { readonly to?: number | object };
  return { ...others, by: 'epoch', ...(to === undefined ? {} : { to: typeof to === 'number' ? to : inEpochs(to) }) };
}

describe('fifty epochs of a network are those of PyTorch', () => {
  test.each(golden.trainings)('$name', async ({ loss, optimizer, options, losses, weights }) => {
    const layers = [embedding({ vocabulary: 6, units: 3 }), rnn({ units: 4 }), dense({ units: 2 })];
    const model = sequential(layers, { engine: ops });
    await model.setWeights(golden.first, { input: { kind: 'tokens', vocabulary: 6 } });
    const told = { loss: restoreLoss(loss), optimizer: optimizerOf(optimizer), ...(options as Partial<FitOptions>) };
    const { epochs } = await model.fit({ x: golden.x, y: golden.y }, { key: key(1), epochs: 50, ...told });
    expectNear(
      epochs.map(({ training }) => training.loss),
      losses,
    );
    const found = await model.getWeights();
    expect(Object.keys(found).sort()).toEqual(Object.keys(weights).sort());
    for (const [path, values] of Object.entries(weights)) expectNear(found[path]?.toArray(), values);
    await model.dispose();
  });
});
