import { existsSync, readFileSync } from 'node:fs';
import { fc } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs';
import { type Model, ModelError } from 'keepgate';
import { exportModel, importLayers } from 'keepgate/interop';
import { beforeAll, describe, expect, test } from 'vitest';
import { furthestOfValid, isPlainInput, LAYER_ROWS, samplesFor } from '../helpers/layer-rows.ts';
import { drawWeights, windowsCase } from '../helpers/keras/window-models.ts';
import { furthest, makeModel, samples, writtenCase } from '../helpers/keras/written-models.ts';

beforeAll(async () => {
  // Without it TensorFlow.js recommends another of its packages, on the console.
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

async function loadedBy(files: Readonly<Record<string, Uint8Array>>): Promise<tf.LayersModel> {
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(files['model.json']));
  const [{ weights: weightSpecs }] = weightsManifest;
  const weightData = (files['weights.bin'] as Uint8Array<ArrayBuffer>).buffer;
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

/** What TensorFlow.js predicts is what the model does, where it is written for it. */
async function expectSameThere(model: Model, x: number[][] | number[][][]): Promise<void> {
  try {
    const loaded = await loadedBy(await exportModel(model, 'tfjs'));
    const y = loaded.predict(tf.tensor(x)) as tf.Tensor;
    expect(furthestOfValid(y.arraySync(), await model.predict(x))).toBeLessThan(2e-6);
    loaded.dispose();
  } catch (error) {
    // What is refused by name is looked at with the writers.
    if (!(error instanceof ModelError)) throw error;
  }
  await model.dispose();
}

for (const [name, [input, layers]] of Object.entries(LAYER_ROWS)) {
  if (!isPlainInput(input)) continue;
  test(`TensorFlow.js has the same function: ${name}`, async () => {
    await expectSameThere(await drawWeights({ layers: layers(), input }), samplesFor(input) as number[][][]);
  });
}

test('TensorFlow.js lays windows over steps and images in the same way', async () => {
  await fc.assert(
    fc.asyncProperty(windowsCase(false), async ({ make, x }) => expectSameThere(await drawWeights(make()), x)),
    { numRuns: 50 },
  );
});

test('TensorFlow.js loads every model that is written for it, and predicts the same', async () => {
  const has = writtenCase.filter(({ cell }) => cell !== 'gru');
  await fc.assert(
    fc.asyncProperty(has, async (given) => {
      const model = await makeModel(given);
      const loaded = await loadedBy(await exportModel(model, 'tfjs'));
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
