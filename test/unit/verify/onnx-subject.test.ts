import {
  bidirectional,
  DataError,
  dense,
  key,
  type Layer,
  layerNorm,
  lstm,
  pooling,
  recurrent,
  sequential,
  softmaxCrossEntropy,
  variational,
  zoneout,
} from 'keepgate';
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

test('a file is read once', async () => {
  const files = await exportModel(recurrent({ cell: 'rnn', inputSize: 3, hiddenSize: 4 }), 'onnx', OPTIONS);
  let reads = 0;
  const watched = {
    get 'model.onnx'() {
      reads += 1;
      return files['model.onnx'] as Uint8Array;
    },
  };
  await onnxSubject(watched);
  expect(reads).toBe(1);
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

test.each<[string, Layer[], string]>([
  ['a dense layer', [lstm({ units: 4, returnSequences: true }), dense({ units: 2 })], '"1" (dense) beside it'],
  ['a normalisation of each step', [lstm({ units: 4, returnSequences: true }), layerNorm()], 'behind it came'],
  ['a mean over time', [lstm({ units: 4, returnSequences: true }), pooling({ over: 'mean' })], 'behind it came'],
  ['the last state alone', [lstm({ units: 4 })], 'came; export the layer alone'],
  ['the last states of both directions', [bidirectional(lstm({ units: 4 }))], 'came; export the layer alone'],
])('more than a layer is refused before anything is run: %s', async (_, layers, said) => {
  for (const options of [{}, OPTIONS]) {
    const model = sequential(layers, { engine: 'reference' });
    await model.build({ kind: 'sequence', size: 3 }, key(1));
    const files = await exportModel(model, 'onnx', options);
    await expectRefusal(() => onnxSubject(files), DataError, 'one recurrent layer alone', said);
    await model.dispose();
  }
});

test('a softmax of the loss behind a layer is refused', async () => {
  const model = sequential([lstm({ units: 4, returnSequences: true })], { engine: 'reference' });
  await model.build({ kind: 'sequence', size: 3 }, key(1));
  const weights = await model.getWeights();
  await model.setWeights(weights, { input: { kind: 'sequence', size: 3 }, loss: softmaxCrossEntropy() });
  await expectRefusal(async () => onnxSubject(await exportModel(model, 'onnx')), DataError, '(Softmax) behind it');
  await model.dispose();
});

test.each([OPTIONS, {}])('both directions in float64, and in float32, are one layer: %j', async (options) => {
  for (const cell of ['gru', 'lstm'] as const) {
    const layer = recurrent({ cell, inputSize: 3, hiddenSize: 4, bidirectional: true });
    expect((await verify(await onnxSubject(await exportModel(layer, 'onnx', options)), { runs: 2 })).passed).toBe(true);
  }
});
