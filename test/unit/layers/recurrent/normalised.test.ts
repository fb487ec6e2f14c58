import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bidirectional, dense, gru, key, loadModel, lstm, ModelError, recurrent, sequential, Tensor } from 'keepgate';
import { type ExportFormat, exportModel, importLayers } from 'keepgate/interop';
import { afterAll, expect, test } from 'vitest';
import { subjectsOfModel } from '../../../../src/cli/actions/interop/subjects-of-model.ts';
import { verify } from '../../../../src/verify/verify.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const dir = mkdtempSync(join(tmpdir(), 'keepgate-normalised-'));
afterAll(() => rmSync(dir, { recursive: true }));

const x = [
  [
    [0.5, -1],
    [2, 0.25],
    [-0.5, 1.5],
  ],
];

/** Both gains times the same: pre-activations are what they were but for epsilon. */
test.each(['lstm', 'gru'] as const)('%s does not see how large W and U are', async (cell) => {
  const layer = recurrent({ cell, inputSize: 2, hiddenSize: 4, normalization: 'layer', engine: 'reference' });
  const weights = layer.getWeights();
  const before = await layer.forward(x);
  const larger = (name: 'weight_ih' | 'weight_hh'): Tensor => {
    const { shape } = weights[name] as Tensor;
    return new Tensor(
      (weights[name] as Tensor).toFlat().map((value) => value * 1e4),
      shape,
    );
  };
  layer.setWeights({ ...weights, weight_ih: larger('weight_ih'), weight_hh: larger('weight_hh') });
  const after = await layer.forward(x);
  const differences = after.y.toFlat().map((value, i) => Math.abs(value - (before.y.toFlat()[i] as number)));
  expect(Math.max(...differences)).toBeLessThan(1e-3);
  expect(Math.max(...differences)).toBeGreaterThan(0);
  for (const run of [before, after]) run.dispose();
  await layer.dispose();
});

test('the c that is carried is not normalised: it grows where every gate is open', async () => {
  const layer = recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 2, normalization: 'layer', engine: 'reference' });
  const weights = layer.getWeights();
  // Gates that are open whatever comes, and an update that is 1.
  const [zeros, open] = [new Array(8).fill(0), [40, 40, 40, 40, 40, 40, 40, 40]];
  layer.setWeights({ ...weights, gain_ih: zeros, gain_hh: zeros, bias_ih: open });
  const run = await layer.forward(x);
  expect(run.state.c?.toArray()).toEqual([[3, 3]]);
  // Units that are equal are 0 where they are normalised.
  expect(run.y.toFlat().every((value) => value === 0)).toBe(true);
  run.dispose();
  await layer.dispose();
});

test.each(['pt', 'keras', 'weights.h5', 'tfjs', 'onnx'] as const)(
  '%s refuses it by name',
  async (format: ExportFormat) => {
    const model = sequential([gru({ units: 2, normalization: 'layer' }), dense({ units: 1 })], { engine: 'reference' });
    await model.build({ kind: 'sequence', size: 2 }, key(1));
    await expectRefusal(() => exportModel(model, format), ModelError, 'layer 0 (gru)', 'layer');
    const layer = recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 2, normalization: 'layer' });
    await expectRefusal(() => exportModel(layer, format), ModelError, 'layer', 'was expected');
    await model.dispose();
  },
);

test('weights that were written come back as no other layer', async () => {
  const layer = recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 2, normalization: 'layer' });
  const notes: string[] = [];
  const { 'model.safetensors': bytes } = await exportModel(layer, 'safetensors', {
    onNote: (note) => notes.push(note),
  });
  expect(notes).toEqual([expect.stringContaining('lstm (layer norm)')]);
  await expectRefusal(() => importLayers(bytes as Uint8Array), ModelError, 'weights and biases alone', 'bias_c_l0');
});

test('a saved model has it, predicts the same, and is verified as a cell', async () => {
  const layers = [bidirectional(lstm({ units: 2, normalization: 'layer' })), dense({ units: 1 })];
  const model = sequential(layers, { engine: 'reference' });
  await model.build({ kind: 'sequence', size: 2 }, key(3));
  await model.save(join(dir, 'model'));
  const loaded = await loadModel(join(dir, 'model'), { engine: 'reference' });
  expect(loaded.layers[0]?.config).toEqual(model.layers[0]?.config);
  expect(await loaded.predict(x)).toEqual(await model.predict(x));
  const [subject] = await subjectsOfModel(join(dir, 'model'));
  const report = await verify(subject as NonNullable<typeof subject>, { runs: 1 });
  expect(report.subject).toBe('layer 0: bidirectional lstm');
  expect(report.passed).toBe(true);
  await Promise.all([model.dispose(), loaded.dispose()]);
});
