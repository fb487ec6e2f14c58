import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  annealed,
  curriculum,
  DivergedError,
  dense,
  dropout,
  key,
  type Layer,
  loadModel,
  lstm,
  type Model,
  meanSquaredError,
  modelFromFiles,
  OptionError,
  type Rate,
  sequential,
  sgd,
} from 'keepgate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rateAt } from '../../../src/masks/dropout-rate.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const GAMMA = 0.05;
const x = Array.from({ length: 6 }, (_, i) => [[0.2 * i], [1 - 0.3 * i], [0.5]]);
const y = x.map((_, i) => [i % 2]);
const options = {
  key: key(2),
  epochs: 2,
  batchSize: 2,
  loss: meanSquaredError(),
  optimizer: sgd({ learningRate: 0.05 }),
};

/** Its own kinds of sites: one where the rate shows in evaluation, one where it does not, and a layer of its own. */
function layersAt(rate: Rate): Layer[] {
  const sites = [
    { site: 'update', rate, scaling: 'literal' },
    { site: 'zoneHidden', rate, scope: 'step' },
  ] as const;
  return [lstm({ units: 3, dropout: sites }), dropout({ rate }), dense({ units: 1 })];
}

/** The same weights under a rate that does not change. */
async function frozen(model: Model, rate: Rate): Promise<Model> {
  const still = sequential(layersAt(rateAt(rate, model.updates)));
  const input = { kind: 'sequence', size: 1 } as const;
  await still.setWeights(await model.getWeights(), { input, loss: meanSquaredError() });
  return still;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-schedules-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('updates', () => {
  test('are counted over all trainings, saved, and zero again for fresh weights', async () => {
    const model = sequential(layersAt(0.3));
    expect(model.updates).toBe(0);
    const seen: number[] = [];
    await model.fit({ x, y }, { ...options, callbacks: [{ onStep: () => seen.push(model.updates) }] });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    await model.fit({ x, y }, { ...options, epochs: 1 });
    expect(model.updates).toBe(9);
    await model.save(join(folder, 'model'));
    expect((await loadModel(join(folder, 'model'))).updates).toBe(9);
    await model.build({ kind: 'sequence', size: 1 }, key(1));
    expect(model.updates).toBe(0);
  });

  test('are zero for a model that was saved without them', async () => {
    const model = sequential(layersAt(0.3));
    await model.fit({ x, y }, options);
    const files = await model.toFiles();
    const { updates, ...old } = JSON.parse(files['model.json'] as string);
    expect(updates).toBe(6);
    const loaded = await modelFromFiles({ ...files, 'model.json': JSON.stringify(old) });
    expect(loaded.updates).toBe(0);
    const load = () => modelFromFiles({ ...files, 'model.json': JSON.stringify({ ...old, updates: -1 }) });
    await expect(load()).rejects.toThrow(/a whole number from 0 was expected as updates, but -1 came/);
  });

  test('go back with the weights when training diverges', async () => {
    const model = sequential([dense({ units: 1 })]);
    const steps: number[] = [];
    const error = await model
      .fit(
        { x: [[1], [2]], y: [[1], [-1]] },
        {
          ...options,
          epochs: 90,
          optimizer: sgd({ learningRate: 1e12 }),
          callbacks: [{ onStep: ({ step }) => steps.push(step) }],
        },
      )
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DivergedError);
    // The step whose loss was not finite made no update, and the update before it is undone.
    expect(model.updates).toBe(steps.length - 1);
  });

  test('what is no number of updates is refused', async () => {
    const model = sequential([dense({ units: 1 })]);
    const set = () => model.setWeights({}, { input: { kind: 'vector', size: 1 }, updates: 1.5 });
    await expectRefusal(set, OptionError, 'updates', '1.5 came');
  });
});

describe.each([
  { name: 'curriculum', rate: curriculum(0.6, { gamma: GAMMA }) },
  { name: 'annealed', rate: annealed(0.6, { gamma: GAMMA }) },
])('a rate that is $name', ({ rate }) => {
  test('is at each step that of the updates before it', async () => {
    const asked: (number | undefined)[] = [];
    const watching = (layer: Layer): Layer => ({
      ...layer,
      run: (context, weights, input) =>
        layer.run(
          {
            ...context,
            plan(scheme, label, extents) {
              const plan = context.plan(scheme, label, extents);
              if (plan.drawn) asked.push(plan.masks.output?.rule.rate);
              return plan;
            },
          },
          weights,
          input,
        ),
    });
    const model = sequential([watching(dropout({ rate })), dense({ units: 1 })]);
    const vectors = {
      x: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      y: [[1], [0], [1]],
    };
    const small = { ...options, batchSize: 1, epochs: 1, validation: vectors };
    await model.fit(vectors, small);
    await model.fit(vectors, small);
    // A rate of 0 draws no mask.
    expect(asked).toEqual([0, 1, 2, 3, 4, 5].map((update) => rateAt(rate, update) || undefined));
  });

  test('is in evaluation and in MC dropout where training ended, also after a model was saved', async () => {
    const model = sequential(layersAt(rate));
    await model.fit({ x, y }, options);
    const still = await frozen(model, rate);
    await model.save(join(folder, 'model'));
    const loaded = await loadModel(join(folder, 'model'));
    for (const one of [model, loaded]) {
      expect(await one.predict(x)).toEqual(await still.predict(x));
      expect(await one.evaluate({ x, y })).toEqual(await still.evaluate({ x, y }));
      const passes = { passes: 3, key: key(5) };
      expect(await one.predictMC(x, passes)).toEqual(await still.predictMC(x, passes));
    }
    // And the update shows: elsewhere on the schedule the predictions are others.
    const started = sequential(layersAt(rate));
    await started.setWeights(await model.getWeights(), { input: { kind: 'sequence', size: 1 }, loss: options.loss });
    expect(await started.predict(x)).not.toEqual(await model.predict(x));
  });

  test('is that of the epoch when it is validated', async () => {
    const model = sequential(layersAt(rate));
    const { epochs } = await model.fit({ x, y }, { ...options, validation: { x, y } });
    expect(epochs.at(-1)?.validation).toEqual(await model.evaluate({ x, y }));
  });
});

test('the summary and the file tell the schedule', async () => {
  const model = sequential(layersAt(curriculum(0.6, { gamma: GAMMA })));
  expect(model.summary()).toContain('lstm, dropout: update 0.6 curriculum, zoneHidden 0.6 curriculum');
  await model.fit({ x, y }, options);
  await model.save(join(folder, 'model'));
  const { layers } = JSON.parse(await readFile(join(folder, 'model', 'model.json'), 'utf8'));
  expect(layers[1]).toEqual({
    type: 'dropout',
    rate: { schedule: 'curriculum', rate: 0.6, gamma: GAMMA },
    scope: 'sequence',
  });
});
