import { createEngine, dense, embedding, key, lstm, sequential, softmaxCrossEntropy, uniform } from 'keepgate';
import { expect, test } from 'vitest';
import { range } from '../helpers/tensors.ts';
import { watchedOps } from '../helpers/watched-ops.ts';

// Predictions and scores are worked out in batches of similar length, whatever the order of the samples: little padding is
// computed, and each prediction stands where its sample does.

const STEPS = range(0, 500).map((i) => 1 + ((i * 37) % 64));
const X = STEPS.map((steps, i) => [...uniform(key(i), steps)].map((u) => Math.floor(u * 9)));
const Y = STEPS.map((steps) => steps % 2);

test('each prediction is that of its sample alone, and padding is rare', async () => {
  const ops = await createEngine('simd', { threads: 1 });
  let uploaded = 0;
  const watched = watchedOps(ops, (operation, [, shape]) => {
    // Ids are over time, and lengths and labels are not.
    if (operation === 'uploadIndices' && Array.isArray(shape) && shape.length === 2)
      uploaded += Number(shape[0]) * Number(shape[1]);
  });
  const model = sequential([embedding({ vocabulary: 9, units: 3 }), lstm({ units: 4 }), dense({ units: 2 })], {
    engine: watched,
  });
  await model.build({ kind: 'tokens', vocabulary: 9 }, key(1));
  const steps = STEPS.reduce((a, b) => a + b, 0);
  const found = await model.predict(X);
  expect(uploaded).toBeLessThan(1.15 * steps);
  uploaded = 0;
  await model.evaluate({ x: X, y: Y }, { loss: softmaxCrossEntropy() });
  expect(uploaded).toBeLessThan(1.15 * steps);
  for (const i of [0, 1, 63, 64, 65, 250, 499]) {
    expect(await model.predict([X[i] as number[]])).toEqual([found[i]]);
  }
  await ops.dispose();
});
