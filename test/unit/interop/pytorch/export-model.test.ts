import {
  attention,
  averagePool1d,
  batchNorm,
  bidirectional,
  concatenate,
  concrete,
  conv1d,
  dense,
  dropout,
  embedding,
  frozen,
  gru,
  key,
  type Layer,
  layerNorm,
  lstm,
  type Model,
  ModelError,
  maxPool1d,
  meanSquaredError,
  pooling,
  type Recurrent,
  recurrent,
  repeatVector,
  residual,
  reverse,
  sequential,
  Tensor,
  timeDistributed,
} from 'keepgate';
import { type ExportFormat, exportModel, importLayers, readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

const FORMATS = ['pt', 'safetensors'] as const;

const layerOf = (cell: 'lstm' | 'gru' | 'rnn', layers: number, bidirectional: boolean): Recurrent =>
  recurrent({ cell, inputSize: 3, hiddenSize: 2, layers, bidirectional, key: key(5), engine: 'reference' });

describe.each(FORMATS)('to %s and back', (format) => {
  test.each([
    ['lstm', 1, false],
    ['lstm', 2, true],
    ['gru', 1, true],
    ['gru', 3, false],
    ['rnn', 2, true],
  ] as const)('%s, %i layers, both directions: %s', async (cell, layers, bidirectional) => {
    const layer = layerOf(cell, layers, bidirectional);
    const [bytes] = Object.values(await exportModel(layer, format));
    const [found] = await importLayers(bytes as Uint8Array);
    if (found?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
    expect(found.toRecurrent({ engine: 'reference' }).getWeights()).toEqual(layer.getWeights());
  });

  test('an RNN of relu without biases, whose weights do not tell that it is one', async () => {
    const told = { activation: 'relu', bias: false } as const;
    const layer = recurrent({ cell: 'rnn', ...told, inputSize: 3, hiddenSize: 2, key: key(5), engine: 'reference' });
    const [bytes] = Object.values(await exportModel(layer, format));
    const [found] = await importLayers(bytes as Uint8Array, { activations: { '': 'relu' } });
    expect(found?.facts).toMatchObject(told);
    if (found?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
    expect(found.toRecurrent({ engine: 'reference' }).config).toEqual(layer.config);
  });

  test('a model, by the names of nn.Sequential', async () => {
    const layers = [embedding({ vocabulary: 5, units: 3 }), lstm({ units: 2 }), dense({ units: 4 })];
    const model = sequential(layers, { engine: 'reference' });
    await model.build({ kind: 'tokens', vocabulary: 5 }, key(1));
    const [bytes] = Object.values(await exportModel(model, format));
    const { tensors } = await readTensors(bytes as Uint8Array);
    const weights = await model.getWeights();
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, value] of Object.entries(weights)) expect(tensors[name]?.toFlat()).toEqual(value.toFlat());
    await model.dispose();
  });
});

test('numbers that float32 holds are written as float32', async () => {
  const layer = layerOf('rnn', 1, false);
  const halves = Object.entries(layer.getWeights()).map(([name, { shape, data }]) => {
    return [
      name,
      new Tensor(
        Float64Array.from(data, (_, i) => i / 2 - 1),
        shape,
      ),
    ] as const;
  });
  for (const values of [Object.fromEntries(halves), layer.getWeights()]) {
    layer.setWeights(values);
    const { tensors } = await readTensors((await exportModel(layer, 'pt'))['model.pt'] as Uint8Array);
    const isNarrow = Object.values(values).every(({ data }) => data.every((value) => Math.fround(value) === value));
    for (const { data } of Object.values(tensors)) expect(data.BYTES_PER_ELEMENT).toBe(isNarrow ? 4 : 8);
  }
});

async function built(layers: readonly Layer[], size = 3): Promise<Model> {
  const model = sequential(layers, { engine: 'reference' });
  await model.build({ kind: 'sequence', size }, key(1));
  return model;
}

test('safetensors takes any layers, with the names that they have here, and gives back what setWeights takes', async () => {
  const layers = [
    conv1d({ filters: 4, kernelSize: 2, padding: 'same' }),
    residual([layerNorm(), frozen(timeDistributed(dense({ units: 4 })))]),
    concatenate([frozen(gru({ units: 2, returnSequences: true, resetAfter: false }))], [batchNorm()]),
    reverse(),
    maxPool1d(),
    gru({ units: 4, returnSequences: true, dropout: concrete({ input: 0.2 }) }),
    attention({ kind: 'additive', units: 3 }),
    dense({ units: 2 }),
  ];
  const [model, other] = await Promise.all([built(layers), built(layers)]);
  const [bytes] = Object.values(await exportModel(model, 'safetensors'));
  const { tensors } = await readTensors(bytes as Uint8Array);
  const weights = await model.getWeights();
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(weights).sort());
  await other.setWeights(tensors, { input: { kind: 'sequence', size: 3 } });
  expect(await other.getWeights()).toEqual(weights);
  await Promise.all([model.dispose(), other.dispose()]);
});

test('a cell of safetensors that PyTorch would take for another is told', async () => {
  const notes: string[] = [];
  const onNote = (note: string): number => notes.push(note);
  const model = await built([lstm({ units: 2, returnSequences: true }), gru({ units: 2, resetAfter: false })]);
  await exportModel(model, 'safetensors', { onNote });
  await exportModel(recurrent({ cell: 'rnn', activation: 'sigmoid', inputSize: 1, hiddenSize: 1 }), 'safetensors', {
    onNote,
  });
  expect(notes).toEqual([
    expect.stringMatching(/^layer 1 \(gru\) is of "gru .*who reads them has to know it$/),
    expect.stringMatching(/^the layer is of "rnn .*who reads them has to know it$/),
  ]);
  await model.dispose();
});

// Of graphs and configs, which say that it is frozen, see each layer in each format.
test.each(['pt', 'safetensors', 'weights.h5'] as const)(
  'a frozen layer goes to %s as the layer that it is',
  async (format) => {
    const inner = [bidirectional(lstm({ units: 2 })), dense({ units: 2 })];
    const [plain, cold] = await Promise.all([built(inner), built(inner.map((layer) => frozen(frozen(layer))))]);
    expect(await exportModel(cold, format)).toEqual(await exportModel(plain, format));
    await Promise.all([plain.dispose(), cold.dispose()]);
  },
);

test('normalisation goes to PyTorch, with its running statistics and the count of batches', async () => {
  const model = sequential([batchNorm({ momentum: 0.5 }), layerNorm()], { engine: 'reference' });
  const examples = {
    x: [
      [1, 2],
      [3, 7],
    ],
    y: [
      [0, 0],
      [1, 1],
    ],
  };
  await model.fit(examples, { key: key(1), epochs: 3, batchSize: 2, loss: meanSquaredError() });
  const { tensors } = await readTensors((await exportModel(model, 'pt'))['model.pt'] as Uint8Array);
  const weights = await model.getWeights();
  expect(Object.keys(tensors).sort()).toEqual([...Object.keys(weights), '0.num_batches_tracked'].sort());
  expect(tensors['0.num_batches_tracked']).toMatchObject({ shape: [] });
  expect(tensors['0.num_batches_tracked']?.toFlat()).toEqual(Float64Array.of(3));
  for (const [name, value] of Object.entries(weights)) expect(tensors[name]?.toFlat()).toEqual(value.toFlat());
  await model.dispose();
});

test.each<[Layer, readonly ExportFormat[]]>([
  [conv1d({ filters: 2, kernelSize: 2 }), ['pt', 'onnx']],
  [attention({ kind: 'dot' }), ['pt', 'onnx', 'keras', 'tfjs']],
  [residual([layerNorm()]), ['pt', 'onnx', 'keras', 'tfjs']],
  [concatenate([pooling({ over: 'mean' })]), ['pt', 'onnx', 'keras', 'tfjs']],
  [timeDistributed(dense({ units: 2 })), ['pt', 'onnx']],
])('layer %#, which a format has not, is refused by its name and in true words', async (layer, formats) => {
  const model = await built([frozen(layer)]);
  for (const format of formats) {
    await expectRefusal(() => exportModel(model, format), ModelError, 'layer 0 (', layer.config.type);
    await expect(exportModel(model, format)).rejects.not.toThrow(/layers of this package|layers that PyTorch has|own/);
  }
  await model.dispose();
});

test('a model without weights that was built is written, or refused for what it has', async () => {
  for (const layers of [[maxPool1d()], [averagePool1d(), reverse()]]) {
    const model = await built(layers);
    for (const format of ['pt', 'safetensors'] as const) {
      const [bytes] = Object.values(await exportModel(model, format));
      expect((await readTensors(bytes as Uint8Array)).tensors).toEqual({});
    }
    await expectRefusal(() => exportModel(model, 'onnx'), ModelError, 'layer 0', 'Pool1d');
    for (const format of ['keras', 'tfjs'] as const) {
      const files = exportModel(model, format);
      if (layers.length === 1) expect(Object.keys(await files).length).toBeGreaterThan(0);
      else await expectRefusal(() => files, ModelError, 'layer 1 (reverse)');
    }
    await model.dispose();
  }
  const dropping = await built([dropout({ rate: 0.5 })]);
  for (const format of ['onnx', 'keras', 'tfjs'] as const) {
    expect(Object.keys(await exportModel(dropping, format)).length).toBeGreaterThan(0);
  }
  await dropping.dispose();
  const fresh = sequential([maxPool1d()], { engine: 'reference' });
  for (const format of ['onnx', 'keras', 'tfjs', 'pt', 'safetensors'] as const) {
    await expectRefusal(() => exportModel(fresh, format), ModelError, 'there are none yet');
  }
  const vectors = sequential([repeatVector(2)], { engine: 'reference' });
  await vectors.build({ kind: 'vector', size: 2 }, key(1));
  await expectRefusal(() => exportModel(vectors, 'onnx'), ModelError, 'layer 0 ("repeatVector")');
  await vectors.dispose();
});

test('what PyTorch has not is refused', async () => {
  const before = recurrent({ cell: 'gru', resetAfter: false, inputSize: 1, hiddenSize: 1, engine: 'reference' });
  await expectRefusal(() => exportModel(before, 'pt'), ModelError, 'reset after');
  const model = await built([gru({ units: 1, resetAfter: false })]);
  await expectRefusal(() => exportModel(model, 'pt'), ModelError, 'layer 0 (gru)');
  const hard = await built([bidirectional(lstm({ units: 1, recurrentActivation: 'hardSigmoid' }))]);
  await expectRefusal(
    () => exportModel(hard, 'pt'),
    ModelError,
    'layer 0 (bidirectional)',
    '"lstm (gates hardSigmoid)" came',
  );
  const fresh = sequential([dense({ units: 1 })], { engine: 'reference' });
  await expectRefusal(() => exportModel(fresh, 'pt'), ModelError, 'there are none yet');
  await Promise.all([before.dispose(), model.dispose(), hard.dispose()]);
});
