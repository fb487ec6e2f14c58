import { DataError, dense, key, lstm, recurrent, sequential, variational, zoneout } from 'keepgate';
import { exportModel } from 'keepgate/interop';
import { onnxSubject, verify } from 'keepgate/verify';
import { expect, test } from 'vitest';
import { goldenOnnx } from '../../helpers/golden-onnx.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const OPTIONS = { masks: true, lengths: true } as const;

test.each([
  ['gru', variational({ input: 0.2, recurrent: 0.35, tied: false }), ['input sequence', 'recurrent sequence']],
  ['lstm', zoneout({ hidden: 0.4, scope: 'step' }), ['zoneHidden step']],
] as const)('a graph of this package does what its scheme says: %s', async (cell, scheme, seen) => {
  const layer = recurrent({ cell, inputSize: 3, hiddenSize: 4 });
  const subject = await onnxSubject(await exportModel(layer, 'onnx', { ...OPTIONS, scheme }));
  const { passed, observed } = await verify(subject, { runs: 5 });
  expect(observed.map(({ site, scope }) => `${site} ${scope}`)).toEqual(seen);
  expect(passed).toBe(true);
});

test('a mask for each step is no variational dropout', async () => {
  const layer = recurrent({ cell: 'rnn', inputSize: 3, hiddenSize: 4 });
  const scheme = [{ site: 'recurrent', rate: 0.35, scope: 'step' }] as const;
  const files = await exportModel(layer, 'onnx', { ...OPTIONS, scheme });
  const { properties } = await verify(await onnxSubject(files, { claims: variational({ recurrent: 0.35 }) }), {
    runs: 5,
  });
  expect(properties.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(['fixed-in-time']);
});

test('a layer that PyTorch exported drops nothing, and is what it claims', async () => {
  const subject = await onnxSubject(goldenOnnx('rnn_relu.onnx'), { name: 'nn.RNN' });
  expect(subject).toMatchObject({ name: 'nn.RNN', cell: 'rnn', activation: 'relu', bidirectional: true, claims: [] });
  expect((await verify(subject, { runs: 5 })).passed).toBe(true);
});

test('files that have not one layer with its weights are refused', async () => {
  await expectRefusal(() => onnxSubject(goldenOnnx('lstm.onnx')), DataError, 'one recurrent layer', '"rnn" of 2');
  await expectRefusal(() => onnxSubject(goldenOnnx('gru.onnx')), DataError, 'constant folding');
  const layer = recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 1 });
  await expectRefusal(async () => onnxSubject(await exportModel(layer, 'pt')), DataError, 'but pytorch came');
});

test('a layer of a model is told from its other inputs', async () => {
  const model = sequential([lstm({ units: 4, returnSequences: true })], { engine: 'reference' });
  await model.build({ kind: 'sequence', size: 3 }, key(1));
  expect((await verify(await onnxSubject(await exportModel(model, 'onnx', OPTIONS)), { runs: 3 })).passed).toBe(true);
  await model.dispose();
  const more = sequential([dense({ units: 2 })], { engine: 'reference' });
  await more.build({ kind: 'vector', size: 3 }, key(1));
  await expectRefusal(async () => onnxSubject(await exportModel(more, 'onnx')), DataError, 'but none came');
  await more.dispose();
});
