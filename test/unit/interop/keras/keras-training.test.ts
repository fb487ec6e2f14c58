import { key, meanSquaredError, type Model, Tensor, TextClassifier } from 'keepgate';
import { importLayers, importModel } from 'keepgate/interop';
import { expect, test } from 'vitest';

const numbers = (...shape: number[]): Tensor =>
  new Tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => ((i * 7) % 11) / 8 - 0.6),
    shape,
  );

/** A GRU of 2 units on 3 inputs, and a dense layer behind it, as a file of Keras has them. */
function fileOf(gru: object, dense: object, more: object, biases: readonly number[]) {
  const layers = [
    { class_name: 'GRU', config: { name: 'gru', units: 2, batch_input_shape: [null, null, 3], ...gru } },
    { class_name: 'Dense', config: { name: 'dense', units: 1, ...dense } },
  ];
  const tensors = { gk: numbers(3, 6), gr: numbers(2, 6), gb: numbers(...biases), dk: numbers(2, 1), db: numbers(1) };
  const weights = { gru: ['gk', 'gr', 'gb'], dense: ['dk', 'db'] };
  const config = { model: { class_name: 'Sequential', config: { layers } }, weights, ...more };
  return { format: 'keras', tensors, refused: {}, notes: [], config } as const;
}

test('a legacy file without a version is one of Keras 2, with a note where that matters', async () => {
  const [old] = await importLayers(fileOf({ recurrent_activation: 'hard_sigmoid' }, {}, {}, [6]));
  expect(old?.facts).toMatchObject({ resetAfter: false, recurrentActivation: 'hardSigmoid0.2' });
  expect(old?.notes.join()).toContain('does not say its version of Keras');
  const [usual] = await importLayers(fileOf({}, {}, {}, [6]));
  expect(usual?.facts).toMatchObject({ resetAfter: false, recurrentActivation: 'hardSigmoid0.2' });
  const sure = fileOf({ recurrent_activation: 'sigmoid', reset_after: true }, {}, {}, [2, 6]);
  for (const { notes } of await importLayers(sure)) expect(notes).toEqual([]);
  const [told] = await importLayers(fileOf({}, {}, { kerasVersion: '3.1.0' }, [2, 6]));
  expect([told?.facts, told?.notes]).toMatchObject([{ resetAfter: true, recurrentActivation: 'sigmoid' }, []]);
});

test('trainable: false is frozen, and what acts in training alone is told', async () => {
  const notes: string[] = [];
  const gru = { trainable: false, recurrent_regularizer: { class_name: 'L2' }, kernel_constraint: null };
  const file = fileOf(gru, {}, { kerasVersion: '3.1.0' }, [2, 6]);
  const model = (await importModel(file, { engine: 'reference', onNote: (note) => notes.push(note) })) as Model;
  expect(notes).toEqual(['gru: training goes on without what is no part of a layer here: recurrent_regularizer']);
  const before = await model.getWeights();
  const x = [
    [
      [1, 0, 2],
      [0, -1, 1],
    ],
    [
      [0, 1, 0],
      [2, 1, -1],
    ],
  ];
  await model.fit({ x, y: [[3], [-2]] }, { key: key(2), epochs: 2, loss: meanSquaredError() });
  const after = await model.getWeights();
  const moved = Object.keys(after).filter((name) => String(after[name]?.toFlat()) !== String(before[name]?.toFlat()));
  expect(moved).toEqual(['1.weight', '1.bias']);
  const [layer] = await importLayers(file);
  expect(layer?.notes.join()).toContain('frozen()');
  await model.dispose();
});

test('what is null and what is left out are told apart', async () => {
  const version = { kerasVersion: '3.1.0' };
  const [none] = await importLayers(fileOf({ activation: null, recurrent_activation: null }, {}, version, [2, 6]));
  expect(none?.facts).toMatchObject({ activation: 'linear', recurrentActivation: 'linear' });
  const texts = (config: object) => {
    const words = {
      class_name: 'TextVectorization',
      config: { name: 'words', vocabulary: ['', '[UNK]', 'so'], ...config },
    };
    const table = { class_name: 'Embedding', config: { name: 'table', input_dim: 3, output_dim: 3, mask_zero: true } };
    const file = fileOf({}, { units: 2, activation: 'softmax' }, version, [2, 6]);
    const [gru, dense] = file.config.model.config.layers;
    const model = { class_name: 'Sequential', config: { layers: [words, table, gru, dense] } };
    const weights = { table: ['tw'], ...file.config.weights };
    const tensors = { ...file.tensors, tw: numbers(3, 3), dk: numbers(2, 2), db: numbers(2) };
    return importModel({ ...file, tensors, config: { ...file.config, model, weights } }, { engine: 'reference' });
  };
  const [usual, plain] = [await texts({}), await texts({ standardize: null })];
  if (!(usual instanceof TextClassifier && plain instanceof TextClassifier))
    throw new Error('classifiers were expected');
  const [of, other] = [await usual.predict(['So!', 'so']), await plain.predict(['So!', 'so'])];
  expect(of[0]?.probabilities).toEqual(of[1]?.probabilities);
  expect(other[0]?.probabilities).not.toEqual(other[1]?.probabilities);
});

test('a Bidirectional without a merge_mode concatenates, and one of null is refused', async () => {
  const both = (config: object) => {
    const layer = { class_name: 'GRU', config: { name: 'gru', units: 2 } };
    const layers = [{ class_name: 'Bidirectional', config: { name: 'both', layer, ...config } }];
    const lane = [numbers(3, 6), numbers(2, 6), numbers(2, 6)];
    const names = ['fk', 'fr', 'fb', 'bk', 'br', 'bb'];
    const tensors = Object.fromEntries(names.map((name, i) => [name, lane[i % 3] as Tensor]));
    const told = { model: { class_name: 'Sequential', config: { layers } }, weights: { both: names } };
    const more = { refused: {}, notes: [], config: { ...told, kerasVersion: '3.1.0' } };
    return importLayers({ format: 'keras', tensors, ...more });
  };
  expect((await both({}))[0]?.facts).toMatchObject({ bidirectional: true, mergeMode: 'concat' });
  await expect(both({ merge_mode: null })).rejects.toThrow('merge_mode "concat" was expected, but null came');
});
