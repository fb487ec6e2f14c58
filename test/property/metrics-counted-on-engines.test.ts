import {
  accuracy,
  createEngine,
  dense,
  embedding,
  gru,
  type Handle,
  key,
  type Loss,
  type Metric,
  type Model,
  meanSquaredError,
  type Ops,
  binaryCrossEntropy,
  sequential,
  softmaxCrossEntropy,
  uniform,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { range } from '../helpers/tensors.ts';
import { watchedOps } from '../helpers/watched-ops.ts';

// Accuracy is counted on the engine that has the outputs: it is what the score of each prediction comes to, and nothing but
// a few numbers is read back for it.

const numbers = (seed: number, count: number): number[] => [...uniform(key(seed), count)];
const STEPS = range(0, 150).map((i) => (i * 7) % 11);
const X = STEPS.map((steps, i) => numbers(i, steps).map((u) => Math.floor(u * 9)));
const UNITS = 3;

interface Row {
  readonly name: string;
  readonly loss: Loss;
  readonly overTime: boolean;
  /** The target of one row, from its number. */
  readonly target: (i: number) => number | number[];
}

const values = (i: number): number[] => numbers(1000 + i, UNITS).map(Math.round);
const ROWS: readonly Row[] = [false, true].flatMap((overTime) => [
  { name: 'classes', overTime, loss: softmaxCrossEntropy(), target: (i) => (i * 5) % UNITS },
  { name: 'yes and no', overTime, loss: binaryCrossEntropy(), target: values },
  { name: 'values', overTime, loss: meanSquaredError(), target: values },
]);

/** The same without a total: predictions are read for it. */
const { score } = accuracy();
const readBack: Metric = { name: 'readBack', score };

function network(overTime: boolean, ops: Ops): Model {
  const layers = [embedding({ vocabulary: 9, units: 4 }), gru({ units: 5, returnSequences: overTime })];
  return sequential([...layers, dense({ units: UNITS })], { engine: ops });
}

function examplesOf({ overTime, target }: Row) {
  return { x: X, y: X.map((sample, i) => (overTime ? sample.map((_, t) => target(31 * i + t)) : target(i))) };
}

describe.each([
  ['reference', {}, 1e-12],
  ['simd', { threads: 1 }, 1e-6],
  ['gpu', { mode: 'cpu' }, 1e-6],
] as const)('on %s', (name, options, tolerance) => {
  test.each(ROWS)('$name, over time: $overTime: what is counted is what the predictions score', async (row) => {
    const { loss, overTime } = row;
    const ops = await (createEngine as (name: string, options: object) => Promise<Ops>)(name, options);
    const model = network(overTime, ops);
    const metrics = [accuracy(), readBack];
    const examples = examplesOf(row);
    const { epochs } = await model.fit(examples, { key: key(3), epochs: 2, batchSize: 16, loss, metrics });
    const found = [...epochs.map(({ training }) => training), await model.evaluate(examples, { metrics })];
    for (const scores of found) {
      expect(Object.keys(scores)).toEqual(['loss', 'accuracy', 'readBack']);
      expect(scores.accuracy).toBeGreaterThan(0);
      expect(Math.abs((scores.accuracy as number) - (scores.readBack as number))).toBeLessThan(tolerance);
    }
    await ops.dispose();
  });
});

test('training and evaluation read back a few numbers a batch, and never the predictions', async () => {
  const ops = await createEngine('reference');
  const reading: number[] = [];
  const watched = watchedOps(ops, (operation, [handle]) => {
    if (operation === 'read') reading.push((handle as Handle).shape.reduce((a, b) => a * b, 1));
  });
  const [row] = ROWS.filter(({ overTime }) => overTime);
  const model = network(true, watched);
  const examples = examplesOf(row as Row);
  await model.fit(examples, { key: key(3), epochs: 1, batchSize: 16, loss: softmaxCrossEntropy() });
  const weights = Object.values(await model.getWeights()).length;
  reading.length = 0;
  const trainer = await model.trainer(examples, { key: key(3), epochs: 1, batchSize: 16, loss: softmaxCrossEntropy() });
  reading.length = 0;
  await trainer.next();
  // The loss, the hits, and the norm of each gradient.
  expect(reading).toEqual([2 + weights]);
  await trainer.finish();
  reading.length = 0;
  await model.evaluate(examples);
  expect(reading).toEqual([2, 2, 2]);
  await ops.dispose();
});
