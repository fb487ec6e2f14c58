import {
  dense,
  dropout,
  embedding,
  key,
  lstm,
  type Model,
  ModelError,
  OptionError,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { memoryStorage } from '../../../helpers/memory-storage.ts';
import { expectSameBits } from '../../../helpers/numeric.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const engine = createReferenceEngine();
const made = (): Model =>
  sequential(
    [
      embedding({ vocabulary: 9, units: 3 }),
      lstm({ units: 4 }),
      dropout({
        rate: 0.2,
        distribution: { name: 'concrete', temperature: 0.7, weightRegularizer: 0.03, dropoutRegularizer: 0.05 },
      }),
      dense({ units: 2 }),
    ],
    { engine },
  );
const examples = {
  x: [
    [1, 2, 3],
    [4, 5],
    [6, 7, 8, 1],
  ],
  y: [0, 1, 1],
};
const options = { key: key(1), epochs: 2, batchSize: 2, loss: softmaxCrossEntropy() };

/** All that can be seen of a model without weights. */
async function stateOf(model: Model): Promise<unknown> {
  const { input, output, loss, updates, epochs, engine: name } = model;
  const [weights, rates] = [await model.getWeights(), await model.learnedRates()];
  return { input, output, loss, updates, epochs, name, weights, rates, summary: model.summary() };
}

test('a model that was disposed of is as it was when made, and its engine holds nothing', async () => {
  const model = made();
  const before = await stateOf(model);
  await model.fit(examples, options);
  const trained = await model.getWeights();
  expect([model.updates, model.epochs, model.engine]).toEqual([4, 2, engine.describe()]);
  expect(model.loss?.config).toEqual(options.loss.config);
  expect(Object.keys(await model.learnedRates())).toEqual(['2.output']);
  await model.dispose();
  expect(await stateOf(model)).toEqual(before);
  expect(engine.liveBuffers).toBe(0);

  const storage = memoryStorage();
  for (const act of [
    () => model.predict(examples.x),
    () => model.predictMC(examples.x, { passes: 2, key: key(1) }),
    () => model.evaluate(examples, { loss: options.loss }),
    () => model.toFiles(),
    () => model.save(storage),
  ])
    await expectRefusal(act, ModelError, 'there are none yet');
  await expectRefusal(() => model.evaluate(examples), OptionError, 'the model was not trained with one');
  expect(storage.writes).toBe(0);

  // A second time does nothing; and it can be trained anew.
  await model.dispose();
  await model.fit(examples, options);
  expectSameBits(await model.getWeights(), trained);
  expect(model.updates).toBe(4);
  await model.dispose();
  expect(engine.liveBuffers).toBe(0);
});

test('a model whose weights were given is disposed of as well, and takes others then', async () => {
  const model = sequential([dense({ units: 1 })], { engine });
  const before = await stateOf(model);
  const given = { input: { kind: 'vector', size: 1 }, loss: softmaxCrossEntropy(), updates: 7, epochs: 3 } as const;
  await model.setWeights({ '0.weight': [[2]], '0.bias': [1] }, given);
  expect([model.updates, model.epochs, model.input?.shape]).toEqual([7, 3, [1]]);
  await model.dispose();
  expect(await stateOf(model)).toEqual(before);
  await model.build({ kind: 'vector', size: 3 }, key(2));
  expect((await model.getWeights())['0.weight']?.shape).toContain(3);
  expect([model.updates, model.epochs, model.loss]).toEqual([0, 0, null]);
  await model.dispose();
  expect(engine.liveBuffers).toBe(0);
});
