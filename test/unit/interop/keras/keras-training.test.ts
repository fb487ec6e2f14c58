import { key, meanSquaredError, type Model, Tensor } from 'keepgate';
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
