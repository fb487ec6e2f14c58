/**
 * A training with a checkpoint after each step, which goes on from those that are there; it prints its steps, and what came of it. To
 * be killed.
 */
import { existsSync } from 'node:fs';
import {
  adam,
  checkpoint,
  concrete,
  createEngine,
  curriculum,
  dense,
  earlyStopping,
  embedding,
  gru,
  key,
  ntAsgd,
  reduceOnPlateau,
  sequential,
  softmaxCrossEntropy,
  zoneout,
} from 'keepgate';

const [dir = '', name = '', threads = ''] = process.argv.slice(2);
const engine =
  name === 'gpu'
    ? await createEngine('gpu', { mode: 'cpu' })
    : await createEngine(name as 'simd', threads ? { threads: Number(threads) } : {});
const x = [[3, 1, 4, 1], [5, 2], [2, 6, 5], [3, 5, 1, 4, 2], [6, 1], [4], [1, 1, 2], [5, 3]];
const y = x.map((_, i) => i % 2);
const model = sequential(
  [
    embedding({ vocabulary: 7, units: 3, dropout: [{ site: 'wordType', rate: curriculum(0.3, { gamma: 0.2 }) }] }),
    gru({ units: 4, dropout: [zoneout({ hidden: 0.2, scope: 'step' }), concrete({ input: 0.2 })] }),
    dense({ units: 2 }),
  ],
  { engine },
);
const history = await model.fit(
  { x, y },
  {
    key: key(5),
    epochs: 12,
    batchSize: 2,
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: reduceOnPlateau({ initial: 0.05, patience: 1 }) }),
    averaging: ntAsgd({ interval: 1 }),
    validation: { x: x.slice(3), y: y.slice(3) },
    callbacks: [
      checkpoint({ dir, every: 1e-9, keep: 2 }),
      earlyStopping({ patience: 20 }),
      { onPause: ({ step }) => void process.stdout.write(`step ${step}\n`) },
    ],
    ...(existsSync(dir) ? { resume: dir } : {}),
  },
);
const weights = Object.entries(await model.getWeights()).map(([path, { data }]) => [path, Array.from(data)]);
process.stdout.write(`${JSON.stringify({ history, weights })}\n`);
await engine.dispose();
