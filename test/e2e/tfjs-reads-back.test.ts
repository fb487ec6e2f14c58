import { existsSync, readFileSync } from 'node:fs';
import { fc } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs';
import { exportModel, importLayers } from 'keepgate/interop';
import { beforeAll, describe, expect, test } from 'vitest';
import { furthest, makeModel, samples, writtenCase } from '../helpers/keras/written-models.ts';

beforeAll(async () => {
  // Without it TensorFlow.js recommends another of its packages, on the console.
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

test('TensorFlow.js loads every model that is written for it, and predicts the same', async () => {
  const has = writtenCase.filter(({ cell }) => cell !== 'gru');
  await fc.assert(
    fc.asyncProperty(has, async (given) => {
      const model = await makeModel(given);
      const { 'model.json': json, 'weights.bin': bytes } = await exportModel(model, 'tfjs');
      const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(json));
      const [{ weights: weightSpecs }] = weightsManifest;
      const weightData = (bytes as Uint8Array<ArrayBuffer>).buffer;
      const loaded = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
      const y = loaded.predict(tf.tensor(samples(given))) as tf.Tensor;
      expect(furthest(y.arraySync(), await model.predict(samples(given)))).toBeLessThan(1e-6);
      loaded.dispose();
      await model.dispose();
    }),
    { numRuns: 30 },
  );
});

const SHARED = '../shared/data/interop';
const FILES = {
  'a model of tfjs 4.22': { folder: `${SHARED}/made/tfjs`, shards: ['weights.bin'], recurrent: 3 },
  'a model that was converted in 2018': {
    folder: `${SHARED}/tfjs_reiinakano`,
    shards: ['group1-shard1of1', 'group2-shard1of1'],
    recurrent: 1,
  },
};

describe.skipIf(!existsSync(SHARED))('what TensorFlow.js computes with files of others', () => {
  test.each(Object.entries(FILES))('%s', async (_, { folder, shards, recurrent }) => {
    const json = JSON.parse(readFileSync(`${folder}/model.json`, 'utf8'));
    const weightSpecs = json.weightsManifest.flatMap(({ weights }: { weights: object[] }) => weights);
    const weightData = Uint8Array.from(Buffer.concat(shards.map((name) => readFileSync(`${folder}/${name}`)))).buffer;
    const model = await tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology: json.modelTopology, weightSpecs, weightData }),
    );
    const found = (await importLayers(`${folder}/model.json`)).filter((layer) => layer.kind === 'recurrent');
    expect(found).toHaveLength(recurrent);
    for (const layer of found) {
      const x = tf.randomNormal([2, 5, layer.facts.inputSize], 0, 1, 'float32', 3);
      const theirs = (model.getLayer(layer.name).apply(x) as tf.Tensor).arraySync() as number[][] | number[][][];
      const ours = layer.toRecurrent({ engine: 'reference' });
      const { y, dispose } = await ours.forward(x.arraySync() as number[][][]);
      const all = y.toJSON() as number[][][];
      const isLast = typeof theirs[0]?.[0] === 'number';
      expect(furthest(theirs, isLast ? all.map((steps) => steps.at(-1)) : all), layer.name).toBeLessThan(1e-6);
      dispose();
      await ours.dispose();
    }
  });
});
