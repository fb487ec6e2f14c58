/** keepgate: `node --import tsx keepgate.ts THREADS RATE FILE [FILE]`. It runs an epoch for each line that comes. */
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import {
  adam,
  createEngine,
  dense,
  embedding,
  type Examples,
  key,
  type Layer,
  lstm,
  sequential,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';
import type { TextData } from './works.ts';

const PIXELS = 784;

const [threads = '', rate = '', file = '', labels] = process.argv.slice(2);
const engine = await createEngine('simd', { threads: Number(threads) });
const { layers, examples, batchSize } = labels === undefined ? await texts(file) : await images(file, labels);
const model = sequential(layers, { engine });
const loss = softmaxCrossEntropy();
const run = { key: key(1), epochs: 1000, batchSize, loss, optimizer: adam({ learningRate: 0.001 }) };
const trainer = await model.trainer(examples, run);
process.stdout.write(`${JSON.stringify({ note: `(Node ${process.versions.node.split('.')[0]})` })}\n`);
for await (const _ of createInterface({ input: process.stdin })) {
  const start = performance.now();
  while (!trainer.atEndOfEpoch) await trainer.next();
  const { training } = await trainer.endEpoch();
  process.stdout.write(`${JSON.stringify({ times: [performance.now() - start], values: Object.values(training) })}\n`);
}
process.exit(0);

interface Prepared {
  readonly layers: readonly Layer[];
  readonly examples: Examples;
  readonly batchSize: number;
}

async function texts(path: string): Promise<Prepared> {
  const { vocabulary, classes, x, y } = JSON.parse(await readFile(path, 'utf8')) as TextData;
  const dropout = Number(rate) > 0 ? variational({ input: Number(rate), recurrent: Number(rate) }) : [];
  const recurrent = lstm({ units: 64, dropout });
  return {
    layers: [embedding({ vocabulary, units: 64 }), recurrent, dense({ units: classes })],
    examples: { x, y },
    batchSize: 32,
  };
}

async function images(path: string, labelsPath: string): Promise<Prepared> {
  const [pixels, y] = await Promise.all([readFile(path), readFile(labelsPath)]);
  const x = Array.from(y, (_, i) =>
    Float32Array.from(pixels.subarray(i * PIXELS, (i + 1) * PIXELS), (pixel) => pixel / 255),
  );
  const hidden = dense({ units: 128, activation: 'relu' });
  return { layers: [hidden, hidden, dense({ units: 10 })], examples: { x, y }, batchSize: 128 };
}
