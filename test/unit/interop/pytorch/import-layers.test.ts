import { DataError, ModelError, OptionError, Tensor } from 'keepgate';
import { type ImportLayersOptions, importLayers, readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { GOLDEN_LAYERS, golden } from '../../../helpers/golden-pytorch.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

/** The largest difference of what a layer of a file gives and what PyTorch gave. */
async function errorOf({ file, name, x, y }: (typeof GOLDEN_LAYERS)[number], swap = false): Promise<number> {
  const layers = await importLayers(golden(file));
  const layer = layers.find((one) => one.name === name);
  if (layer?.kind !== 'recurrent') throw new Error(`${file} has no recurrent layer ${name}`);
  const recurrent = layer.toRecurrent({ engine: 'reference' });
  if (swap) recurrent.setWeights(swapped(layer.weights, layer.facts.hiddenSize));
  const run = await recurrent.forward(x);
  const found = [...run.y.toFlat()];
  run.dispose();
  await recurrent.dispose();
  return Math.max(...(y.flat(2) as number[]).map((value, i) => Math.abs(value - (found[i] as number))));
}

/** The first two gates exchanged, of the first lane: what a wrong order of gates gives. */
function swapped(weights: Readonly<Record<string, Tensor>>, hidden: number): Record<string, Tensor> {
  const { weight_hh_l0: first, ...rest } = weights;
  const values = (first as Tensor).toFlat();
  const width = hidden * hidden;
  const other = Float64Array.from(
    values,
    (_, i) => values[i < width ? i + width : i < 2 * width ? i - width : i] as number,
  );
  return { ...rest, weight_hh_l0: new Tensor(other, (first as Tensor).shape) };
}

describe('layers give what they gave in PyTorch', () => {
  test.each(GOLDEN_LAYERS.map((layer) => [layer.file, layer] as const))('%s', async (_, layer) => {
    expect(await errorOf(layer)).toBeLessThan(1e-6);
  });

  test.each(GOLDEN_LAYERS.filter(({ file }) => !/rnn_/.test(file)).map((layer) => [layer.file, layer] as const))(
    'but with two gates exchanged they do not: %s',
    async (_, layer) => {
      expect(await errorOf(layer, true)).toBeGreaterThan(1e-3);
    },
  );
});

describe('what a file has', () => {
  test('layers in its order, without what training programs put in front', async () => {
    const layers = await importLayers(golden('checkpoint.pth'));
    expect(layers.map(({ kind, name }) => [kind, name])).toEqual([
      ['embedding', 'embed'],
      ['recurrent', 'rnn'],
      ['dense', 'fc'],
    ]);
    const activations = { activation: 'tanh', recurrentActivation: 'sigmoid' };
    const facts = {
      cell: 'lstm',
      ...activations,
      inputSize: 4,
      hiddenSize: 3,
      layers: 2,
      bidirectional: true,
      bias: true,
    };
    expect(layers[1]?.facts).toEqual(facts);
    expect(layers[0]?.notes).toEqual([expect.stringContaining('by its name')]);
  });

  test('a whole module says more', async () => {
    const [embed, rnn] = await importLayers(golden('whole.pt'));
    // What is never trained is no mask: `padding` is that.
    expect(embed).toMatchObject({
      facts: { vocabulary: 11, units: 4, untrained: 0 },
      notes: [expect.stringContaining('never trains the vector of id 0')],
    });
    expect(embed?.facts).not.toHaveProperty('padding');
    expect(rnn).toMatchObject({ facts: { dropout: 0.25 }, notes: [expect.stringContaining('PyTorch drops 0.25')] });
  });

  test('notes of what the weights do not tell', async () => {
    const notes = async (file: string) => (await importLayers(golden(file)))[0]?.notes;
    expect(await notes('rnn_without_bias.pt')).toEqual([expect.stringContaining('one of relu has the same')]);
    expect(await notes('awd.pt')).toEqual([expect.stringContaining('weight_hh_l0_raw')]);
    expect(await notes('weight_norm.pt')).toEqual([expect.stringContaining('weight_norm')]);
    expect(await notes('gru.pt')).toEqual([]);
  });

  test('the names of compiled and wrapped models, at any depth', async () => {
    const { tensors } = await readTensors(golden('gru.pt'));
    const wrapped = Object.fromEntries(
      Object.entries(tensors).map(([name, value]) => [`model._orig_mod.a.module.${name}`, value]),
    );
    expect((await importLayers(wrapped)).map(({ name }) => name)).toEqual(['a']);
    const twice = { ...wrapped, 'model.a.bias_ih_l0': tensors.bias_ih_l0 as Tensor };
    await expectRefusal(() => importLayers(twice), DataError, 'beside another');
  });

  test('weight_norm by its newer names', async () => {
    const { tensors } = await readTensors(golden('weight_norm.pt'));
    const { weight_hh_l0_g: g, weight_hh_l0_v: v, ...rest } = tensors as Record<string, Tensor>;
    const name = 'parametrizations.weight_hh_l0.original';
    const [layer] = await importLayers({ ...rest, [`${name}0`]: g as Tensor, [`${name}1`]: v as Tensor });
    const [old] = await importLayers(tensors);
    expect(layer?.weights).toEqual(old?.weights);
    await expectRefusal(() => importLayers({ ...rest, [name]: v as Tensor }), ModelError, 'another parametrization');
  });

  test.each([
    ['a linear layer', 'weight'],
    ['an LSTM', 'weight_hh_l0'],
  ])('spectral_norm and pruning of %s are refused by its name, and so is another parametrization', async (_, name) => {
    const isLinear = name === 'weight';
    const { tensors } = await readTensors(golden('gru.pt'));
    const value = isLinear ? new Tensor(new Float32Array(6), [2, 3]) : (tensors[name] as Tensor);
    const { [name]: __, ...others } = isLinear ? {} : (tensors as Record<string, Tensor>);
    const named = (more: Record<string, Tensor>): Record<string, Tensor> =>
      Object.fromEntries(Object.entries({ ...others, ...more }).map(([leaf, tensor]) => [`it.${leaf}`, tensor]));
    const rows = new Tensor(new Float32Array(value.shape[0] as number), [value.shape[0] as number]);
    for (const [kept, came] of [
      [{ [`${name}_orig`]: value, [`${name}_u`]: rows, [`${name}_v`]: rows }, 'spectral_norm'],
      [{ [`${name}_orig`]: value, [`${name}_mask`]: value }, 'prun'],
      [{ [`parametrizations.${name}.original`]: value }, 'another parametrization'],
      // A norm for each column.
      [{ [`${name}_g`]: new Tensor(new Float32Array(3), [1, 3]), [`${name}_v`]: value }, 'a norm for each row'],
    ] as const)
      await expectRefusal(() => importLayers(named(kept)), ModelError, 'layer "it": ', `${name}`, came);
  });

  test('what is kept in these ways and no layer here, such as a convolution, is left out', async () => {
    const { tensors } = await readTensors(golden('gru.pt'));
    const kernel = new Tensor(new Float32Array(12), [2, 3, 2]);
    const [gru, ...more] = await importLayers({
      ...Object.fromEntries(Object.entries(tensors).map(([leaf, tensor]) => [`gru.${leaf}`, tensor])),
      'a.weight_orig': kernel,
      'a.weight_mask': kernel,
      'b.weight_g': new Tensor(new Float32Array(3), [1, 3, 1]),
      'b.weight_v': kernel,
      'c.parametrizations.weight.original': kernel,
    });
    expect([gru?.name, more]).toEqual(['gru', []]);
  });

  test('a pruned LSTM of whose weights none is itself is refused as well', async () => {
    const { tensors } = await readTensors(golden('gru.pt'));
    const pruned = Object.fromEntries(
      Object.entries(tensors).flatMap(([leaf, tensor]) => [
        [`gru.${leaf}_orig`, tensor],
        [`gru.${leaf}_mask`, tensor],
      ]),
    );
    await expectRefusal(() => importLayers(pruned), ModelError, 'layer "gru": ', 'prun');
  });

  test('no biases where it has none', async () => {
    const [layer] = await importLayers(golden('rnn_without_bias.pt'));
    expect(layer?.facts).toMatchObject({ cell: 'rnn', bias: false });
    expect(Object.keys(layer?.weights ?? {}).filter((name) => name.includes('bias'))).toEqual([]);
  });

  test('relu, where a whole module says so', async () => {
    const [layer] = await importLayers(golden('relu.pt'));
    expect(layer).toMatchObject({ facts: { cell: 'rnn', activation: 'relu' }, notes: [] });
    if (layer?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
    const { y } = await layer.toRecurrent({ engine: 'reference' }).forward([[[1, -2, 0.5, 3]]]);
    expect(Math.min(...y.toFlat())).toBe(0);
  });

  test('whether an RNN is of relu is the word of its owner, for RNNs and as far as the file does not say', async () => {
    const { tensors } = await readTensors(golden('rnn_without_bias.pt'));
    const named = Object.fromEntries(Object.entries(tensors).map(([name, value]) => [`rnn.${name}`, value]));
    const [layer] = await importLayers(named, { activations: { rnn: 'relu' } });
    expect(layer).toMatchObject({ facts: { activation: 'relu' }, notes: [] });
    await expectRefusal(() => importLayers(named, { activations: { gru: 'relu' } }), OptionError, '"gru"');
    const wrong = { activations: { rnn: 'swish' } } as unknown as ImportLayersOptions;
    await expectRefusal(() => importLayers(named, wrong), OptionError, '"tanh" or "relu"', '"swish"');
    const ofGru = importLayers(golden('gru.pt'), { activations: { '': 'relu' } });
    await expectRefusal(() => ofGru, ModelError, 'an RNN, as activations name it', '"gru" came');
    const against = importLayers(golden('relu.pt'), { activations: { '': 'tanh' } });
    await expectRefusal(() => against, ModelError, 'an RNN of tanh', 'one of relu came');
  });

  test('which matrix is an embedding is the word of its owner', async () => {
    const weight = new Tensor(new Float32Array(6), [3, 2]);
    const named = { 'a.weight': weight, 'b.weight': weight };
    const layers = await importLayers(named, { kinds: { a: 'embedding', b: 'dense' } });
    expect(layers.map(({ kind, notes }) => [kind, notes.length])).toEqual([
      ['embedding', 0],
      ['dense', 1],
    ]);
    expect((await importLayers(named, { only: ['b'] })).map(({ name }) => name)).toEqual(['b']);
    await expectRefusal(() => importLayers(named, { only: ['c'] }), OptionError, '["a", "b"]', '"c"');
    await expectRefusal(() => importLayers(named, { kinds: { c: 'dense' } }), OptionError, '"c"');
  });
});

describe('what cannot be had exactly is refused by its name', () => {
  test.each([
    ['proj.pt', 'layer ""', 'proj_size'],
    ['quantised.pt', 'layer "0"', 'before quantising'],
  ])('%s', async (file, ...says) => {
    await expectRefusal(() => importLayers(golden(file)), ModelError, ...says);
  });

  const gru = async (changes: Readonly<Record<string, Tensor | null>>) => {
    const { tensors } = await readTensors(golden('gru.pt'));
    const changed = Object.entries({ ...tensors, ...changes });
    return importLayers(
      Object.fromEntries(changed.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))),
    );
  };
  const matrix = (...shape: number[]): Tensor => new Tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape);

  test.each<[string, Readonly<Record<string, Tensor | null>>, string]>([
    ['without one of its biases', { bias_hh_l0: null }, 'bias_hh_l0 of shape [9]'],
    ['without its input weight', { weight_ih_l0: null }, 'weight_ih [G*H,I]'],
    ['of two gates', { weight_hh_l0: matrix(6, 3) }, '4, 3 or 1 gates'],
    ['with a bias of another size', { bias_ih_l0: matrix(8) }, 'bias_ih_l0 of shape [9]'],
    ['with another weight', { gamma: matrix(9) }, '"gamma"'],
    [
      'with half of its second direction',
      { weight_ih_l0_reverse: matrix(9, 4) },
      'weight_hh_l0_reverse of shape [9,3]',
    ],
    ['with a layer that is missing', { weight_ih_l2: matrix(9, 3) }, 'of shape'],
  ])('a GRU %s', async (_, change, says) => {
    await expectRefusal(() => gru(change), ModelError, 'layer ""', says);
  });

  test('no layer at all', async () => {
    await expectRefusal(
      () => importLayers(golden('odd.pt')),
      DataError,
      'recurrent, embedding or dense layers were expected',
    );
    await expectRefusal(() => importLayers({}), DataError, 'recurrent, embedding or dense layers were expected');
  });
});
