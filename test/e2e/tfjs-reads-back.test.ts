import { fc } from '@fast-check/vitest';
import * as tf from '@tensorflow/tfjs';
import { exportModel } from 'keepgate/interop';
import { beforeAll, expect, test } from 'vitest';
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
