import { adamW, batchNorm, dense, dropout, key, meanSquaredError, sequential, sgd, type Tensor } from 'keepgate';
import { expect, test } from 'vitest';
import { OptionError } from '../../../../src/errors.ts';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const engine = createReferenceEngine();
const rounded = (values: Tensor | undefined): number[] =>
  Array.from(values?.toFlat() ?? [], (value) => Number(value.toFixed(9)));
const told = { key: key(1), epochs: 1, loss: meanSquaredError() };

test('training normalises by the batch, and evaluation and MC dropout by the running statistics', async () => {
  const model = sequential([batchNorm({ momentum: 0.25, epsilon: 1e-9 }), dropout({ rate: 0.5 })], { engine });
  const x = [
    [1, 10],
    [3, 10],
    [8, 40],
  ];
  await model.fit({ x, y: x }, { ...told, optimizer: sgd({ learningRate: 1e-30 }) });
  const { '0.running_mean': mean, '0.running_var': variance } = await model.getWeights();
  expect(rounded(mean)).toEqual([0.25 * 4, 0.25 * 20]);
  // Unbiased, as in PyTorch: 13 and 300.
  expect(rounded(variance)).toEqual([0.75 + 0.25 * 13, 0.75 + 0.25 * 300]);
  const alone = [[(3 - 1) / 2, (10 - 5) / Math.sqrt(75.75)]];
  const [predicted = []] = await model.predict<number[][]>([[3, 10]]);
  for (const [i, value] of predicted.entries()) expect(value).toBeCloseTo(alone[0]?.[i] as number, 7);
  // Each entry of a pass is dropped, or twice as large: no batch is in it, whoever stands beside.
  const single = await model.predictMC([[3, 10]], { passes: 40, key: key(3) });
  const beside = await model.predictMC(
    [
      [3, 10],
      [90, -4],
    ],
    { passes: 40, key: key(3) },
  );
  expect(beside[0]).toEqual(single[0]);
  const [drawn] = single;
  for (const [i, value] of (drawn?.mean ?? []).entries()) {
    const ofOne = (2 * (alone[0]?.[i] as number)) / 40;
    expect(value / ofOne).toBeCloseTo(Math.round(value / ofOne), 6);
  }
  await model.dispose();
});

test('padding and samples without steps change no statistic', async () => {
  const rows = [[1], [3], [8], [-2]];
  const [ragged, whole] = [sequential([batchNorm()], { engine }), sequential([batchNorm()], { engine })];
  const parts = [[[1], [3], [8]], [], [[-2]]];
  await ragged.fit({ x: parts, y: parts }, { ...told, batchSize: 3 });
  await whole.fit({ x: [rows], y: [rows] }, { ...told, batchSize: 3 });
  for (const [path, value] of Object.entries(await whole.getWeights())) {
    const other = (await ragged.getWeights())[path]?.toArray() as number[];
    for (const [i, number] of (value.toArray() as number[]).entries()) expect(other[i]).toBeCloseTo(number, 12);
  }
  await Promise.all([ragged.dispose(), whole.dispose()]);
});

test('no optimizer, decay or regularization moves statistics, and weight decay leaves the gain alone', async () => {
  const model = sequential([batchNorm({ momentum: 0 }), dense({ units: 1 })], { engine });
  const x = [[2], [5], [-1]];
  await model.build({ kind: 'vector', size: 1 }, key(4));
  const before = await model.getWeights();
  const regularization = { l1: 1, l2: 1, maxNorm: 0.01, weightDecay: { bias: 0.5, kernel: 0.5 } } as const;
  await model.fit({ x, y: x }, { ...told, epochs: 3, regularization });
  const { '0.running_mean': mean, '0.running_var': variance, '1.weight': kernel } = await model.getWeights();
  expect([mean?.toArray(), variance?.toArray()]).toEqual([[0], [1]]);
  expect(kernel?.toArray()).not.toEqual(before['1.weight']?.toArray());

  const decayed = sequential([batchNorm()], { engine });
  await decayed.build({ kind: 'vector', size: 1 }, key(4));
  // No gradient: what moves is decay.
  await decayed.fit({ x: [[1], [1]], y: [[0], [0]] }, { ...told, optimizer: adamW({ weightDecay: 0.5 }) });
  expect((await decayed.getWeights())['0.weight']?.toArray()).toEqual([1]);
  await Promise.all([model.dispose(), decayed.dispose()]);
});

test('a batch of one row has its bias as output, and says nothing of the variance', async () => {
  const model = sequential([batchNorm()], { engine });
  const { epochs } = await model.fit({ x: [[7]], y: [[2]] }, { ...told, optimizer: sgd({ learningRate: 0.5 }) });
  expect(epochs[0]?.training.loss).toBe(4);
  const weights = await model.getWeights();
  expect(Object.fromEntries(Object.entries(weights).map(([path, w]) => [path, w.toArray()]))).toEqual({
    '0.weight': [1],
    '0.bias': [2],
    '0.running_mean': [0],
    '0.running_var': [1],
  });
  await model.dispose();
});

test('says what it does not take, and what may not be meant', async () => {
  await expectRefusal(() => batchNorm({ momentum: 1 }), OptionError, 'batchNorm: ', 'momentum');
  await expectRefusal(() => batchNorm({ epsilon: 0 }), OptionError, 'batchNorm: ', 'epsilon');
  await expectRefusal(() => batchNorm({ axis: 1 } as never), OptionError, 'batchNorm: "axis" is not an option');
  expect(batchNorm().warnings?.()).toEqual([]);
  expect(batchNorm({ momentum: 0.99 }).warnings?.()).toEqual([
    'batchNorm: momentum 0.99 is the share of each batch in the running statistics; what Keras calls 0.99 is 0.01 here',
  ]);
});
