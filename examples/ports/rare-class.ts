/**
 * Stop early, keep the best weights, write checkpoints, lower the learning rate on a plateau and weigh a rare class: a Keras
 * program with EarlyStopping, ModelCheckpoint, ReduceLROnPlateau and class_weight, on series of two classes and more.
 *
 *     npx tsx examples/ports/rare-class.ts PATH [DIR]
 *
 * PATH is a table with a series a line: its class number, from 0, then its values. DIR, a new folder, takes the checkpoints.
 */
import { readFile } from 'node:fs/promises';
import {
  adam,
  batchNorm,
  checkpoint,
  dense,
  earlyStopping,
  key,
  lstm,
  reduceOnPlateau,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';

const lines = (await readFile(process.argv[2] ?? '', 'utf8')).trim().split('\n');
const rows = lines.map((line) => line.split(',').map(Number));
const y = rows.map(([label = 0]) => label);
const examples = { x: rows.map(([, ...series]) => series.map((value) => [value])), y };
const model = sequential([lstm({ units: 32 }), batchNorm(), dense({ units: new Set(y).size })]);
const { epochs, keptEpoch = 0 } = await model.fit(examples, {
  key: key(1),
  epochs: 50,
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: reduceOnPlateau({ initial: 0.01, factor: 0.2, patience: 1 }) }),
  regularization: { l2: { kernel: 1e-4 } },
  metrics: ['accuracy', 'f1'],
  classWeight: 'balanced',
  validationSplit: 0.2,
  callbacks: [earlyStopping({ patience: 5 }), checkpoint({ dir: process.argv[3] ?? 'checkpoints' })],
});
console.log(`epoch ${keptEpoch} of ${epochs.length} is kept:`, epochs[keptEpoch - 1]?.validation);
