import {
  bidirectional,
  dense,
  embedding,
  gru,
  key,
  lstm,
  ModelError,
  type Recurrent,
  recurrent,
  sequential,
  Tensor,
} from 'keepgate';
import { exportModel, importLayers, readTensors } from 'keepgate/interop';
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

test('what PyTorch has not is refused', async () => {
  const before = recurrent({ cell: 'gru', resetAfter: false, inputSize: 1, hiddenSize: 1, engine: 'reference' });
  await expectRefusal(() => exportModel(before, 'pt'), ModelError, 'reset after');
  const model = sequential([gru({ units: 1, resetAfter: false })], { engine: 'reference' });
  await expectRefusal(() => exportModel(model, 'pt'), ModelError, 'layer 0 (gru)');
  const hard = sequential([bidirectional(lstm({ units: 1, recurrentActivation: 'hardSigmoid' }))], {
    engine: 'reference',
  });
  await expectRefusal(
    () => exportModel(hard, 'pt'),
    ModelError,
    'layer 0 (bidirectional)',
    '"lstm (gates hardSigmoid)" came',
  );
  const fresh = sequential([dense({ units: 1 })], { engine: 'reference' });
  await expectRefusal(() => exportModel(fresh, 'pt'), ModelError, 'there are none yet');
});
