import {
  adamW,
  batchNorm,
  bidirectional,
  defineLayer,
  dense,
  embedding,
  frozen,
  key,
  loadModel,
  lstm,
  meanSquaredError,
  ModelError,
  OptionError,
  pooling,
  sequential,
  ShapeError,
  swa,
  tensor,
} from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { memoryStorage } from '../../../helpers/memory-storage.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const engine = createReferenceEngine();
const told = { key: key(1), epochs: 3, loss: meanSquaredError() };
const words = {
  x: [[1, 2], [3], [0, 2, 1]],
  y: [[1], [2], [-1]],
};
const vectors = [0, 1, 2, 3].map((i) => [i / 2, -i]);

test('given vectors are where training begins; frozen they stay, whatever would move weights', async () => {
  const model = (isFrozen: boolean) => {
    const table = embedding({ vocabulary: 4, units: 2, weights: vectors });
    return sequential([isFrozen ? frozen(table) : table, pooling({ over: 'mean' }), dense({ units: 1 })], { engine });
  };
  const [still, moving] = [model(true), model(false)];
  await moving.build({ kind: 'tokens', vocabulary: 4 }, key(3));
  expect((await moving.getWeights())['0.weight']?.toArray()).toEqual(vectors);
  for (const one of [still, moving]) {
    const optimizer = adamW({ learningRate: 0.1, weightDecay: 0.2 });
    await one.fit(words, {
      ...told,
      optimizer,
      regularization: { l2: 0.1, maxNorm: 0.1 },
      averaging: swa({ from: 2 }),
    });
  }
  expect((await still.getWeights())['0.weight']?.toArray()).toEqual(vectors);
  expect((await moving.getWeights())['0.weight']?.toArray()).not.toEqual(vectors);
  expect(still.summary()).toContain('11 weights, 8 of which no gradient moves');
  expect(still.summary()).toContain('frozen(embedding)');

  const storage = memoryStorage();
  await still.save(storage);
  const loaded = await loadModel(storage, { engine });
  await loaded.fit(words, told);
  expect((await loaded.getWeights())['0.weight']?.toArray()).toEqual(vectors);
  for (const one of [still, moving, loaded]) await one.dispose();
});

test('vectors that were changed later change nothing', async () => {
  const weights = new Float32Array(8).fill(0.5);
  const layer = embedding({ vocabulary: 4, units: 2, weights: tensor(weights, [4, 2]) });
  weights.fill(7);
  expect(layer.config).toEqual({ type: 'embedding', vocabulary: 4, units: 2 });
  const init = layer.weights({ x: { over: 'time', dtype: 'ids', shape: [], vocabulary: 4 } }).weight.init(key(1));
  expect([...init.toFlat()]).toEqual(new Array(8).fill(0.5));
});

test('a model that is at hand is trained further with some of its layers frozen', async () => {
  const model = sequential([dense({ units: 3, activation: 'tanh' }), dense({ units: 1 })], { engine });
  const examples = {
    x: [
      [1, 2],
      [0, -1],
    ],
    y: [[1], [0]],
  };
  await model.fit(examples, told);
  const weights = await model.getWeights();
  const [first, last] = model.layers;
  const tuned = sequential([frozen(first as never), last as never], { engine });
  await tuned.setWeights(weights, { input: { kind: 'vector', size: 2 } });
  expect(await tuned.predict(examples.x)).toEqual(await model.predict(examples.x));
  await tuned.fit(examples, told);
  const after = await tuned.getWeights();
  expect(after['0.weight']?.toArray()).toEqual(weights['0.weight']?.toArray());
  expect(after['1.weight']?.toArray()).not.toEqual(weights['1.weight']?.toArray());
  await Promise.all([model.dispose(), tuned.dispose()]);
});

test('a batchNorm in it normalises by its running statistics, and keeps them', async () => {
  const model = sequential([frozen(batchNorm({ epsilon: 1e-12 }))], { engine });
  const x = [[5], [7]];
  const { epochs } = await model.fit({ x, y: [[0], [0]] }, told);
  expect(epochs[0]?.training.loss).toBeCloseTo((25 + 49) / 2, 8);
  expect((await model.getWeights())['0.running_mean']?.toArray()).toEqual([0]);
  await model.dispose();
});

test("also a layer of a user's own, which is loaded with its maker; statistics it would give are left aside", async () => {
  const counting = defineLayer<[], 'seen'>({
    type: 'counting',
    make: () => ({
      config: {},
      inputs: { x: { kinds: ['vector'] } },
      outputs: ({ x }) => ({ y: x }),
      weights: () => ({ seen: { shape: [1], init: () => tensor([4]), role: 'statistic', decays: false } }),
      run: ({ ops }, _, { x }) => ({
        outputs: { y: x },
        statistics: () => ({ seen: ops.upload([9], [1]) }),
        backward: ({ y }) => ({ weights: {}, inputs: { x: () => y } }),
      }),
    }),
  });
  const model = sequential([frozen(counting()), dense({ units: 1 })], { engine });
  await model.fit({ x: [[5], [7]], y: [[0], [0]] }, told);
  expect((await model.getWeights())['0.seen']?.toArray()).toEqual([4]);
  const storage = memoryStorage();
  await model.save(storage);
  const loaded = await loadModel(storage, { layers: { counting }, engine });
  expect(await loaded.predict([[2]])).toEqual(await model.predict([[2]]));
  await expectRefusal(() => loadModel(storage), ModelError, 'hand in one of your own');
  await Promise.all([model.dispose(), loaded.dispose()]);
});

test('what it is not made of is refused, and so are vectors of another shape', async () => {
  await expectRefusal(() => frozen(dense as never), ModelError, 'frozen: ', 'call it: dense({ ... })');
  await expectRefusal(() => frozen([dense({ units: 1 })] as never), ModelError, 'frozen: a layer was expected');
  await expectRefusal(() => bidirectional(frozen(lstm({ units: 2 }))), ModelError, 'but frozen came');
  const given = { vocabulary: 4, units: 3 };
  await expectRefusal(() => embedding({ ...given, weights: vectors }), ShapeError, 'embedding: weights', '[4, 2] came');
  await expectRefusal(() => embedding({ ...given, weights: 'glove' as never }), Error, 'glove');
});

test('some weights are set, and all else stays: setWeights with strict: false', async () => {
  const model = sequential([embedding({ vocabulary: 4, units: 2 }), pooling({ over: 'last' }), dense({ units: 1 })], {
    engine,
  });
  await expectRefusal(
    () => model.setWeights({ '0.weight': vectors }, { strict: false }),
    ModelError,
    'there are none yet',
  );
  await model.fit(words, told);
  const before = await model.getWeights();
  const report = await model.setWeights({ '0.weight': vectors, '7.weight': [1] }, { strict: false });
  expect(report).toEqual({ missing: ['2.weight', '2.bias'], unexpected: ['7.weight'] });
  const after = await model.getWeights();
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(after['0.weight']?.toArray()).toEqual(vectors);
  expect(after['2.weight']).toEqual(before['2.weight']);
  expect([model.updates, model.epochs, model.loss]).toEqual([3, 3, told.loss]);
  const set = (weights: object, options: object = { strict: false }) =>
    model.setWeights(weights as never, options as never);
  await expectRefusal(() => set({ weight: vectors }), ModelError, 'some of 0.weight, 2.weight, 2.bias were expected');
  await expectRefusal(() => set({ '0.weight': [[1, 2]] }), ShapeError, '0.weight', '[1, 2] came');
  await expectRefusal(() => set({}, { strict: false, updates: 3 }), OptionError, '"updates" is not an option');
  await expectRefusal(() => set({}, { input: { kind: 'vector', size: 1 }, strict: 'no' }), OptionError, 'strict');
  expect(await model.getWeights()).toEqual(after);
  await model.dispose();
});
