import {
  dense,
  embedding,
  frozen,
  key,
  type Layer,
  loadModel,
  lstm,
  type Model,
  ModelError,
  OptionError,
  residual,
  sequential,
  sgd,
  softmaxCrossEntropy,
  type Storage,
  timeDistributed,
} from 'keepgate';
import { exportModel, importModel } from 'keepgate/interop';
import { afterAll, describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

const [V, N] = [7, 3];
const engine = 'reference';
const input = { kind: 'tokens', vocabulary: V } as const;
const examples = { x: [[3, 1, 4], [5, 2], [6]], y: [[1, 4, 0], [2, 5], [3]] };
const told = { key: key(4), loss: softmaxCrossEntropy(), batchSize: 3, epochs: 1 };
const words = (): Layer => embedding({ vocabulary: V, units: N });
const tied = (more: Layer = dense({ units: V, tiedTo: '0.weight' })): Layer[] => [
  words(),
  lstm({ units: N, returnSequences: true }),
  more,
];

const made: Model[] = [];
afterAll(() => Promise.all(made.map((model) => model.dispose())));

function model(layers: readonly Layer[]): Model {
  const one = sequential(layers, { engine });
  made.push(one);
  return one;
}

async function built(layers: readonly Layer[]): Promise<Model> {
  const one = model(layers);
  await one.build(input, key(1));
  return one;
}

const numbers = async (one: Model, path: string): Promise<number[]> => [
  ...((await one.getWeights())[path]?.toFlat() ?? []),
];

/** The same model with two weights that happen to be equal. */
async function untied(of: Model): Promise<Model> {
  const one = model([words(), lstm({ units: N, returnSequences: true }), dense({ units: V })]);
  const weights = await of.getWeights();
  await one.setWeights({ ...weights, '2.weight': weights['0.weight'] as never }, { input });
  return one;
}

describe('one weight', () => {
  test('is there once: among the weights, in files, and in what an optimizer remembers', async () => {
    const one = await built(tied());
    expect(Object.keys(await one.getWeights()).filter((path) => !path.startsWith('1.'))).toEqual([
      '0.weight',
      '2.bias',
    ]);
    expect(one.summary()).toContain(`${V * N + 4 * N * (2 * N + 2) + V} weights`);
    const trainer = await one.trainer(examples, told);
    await trainer.next();
    const { slots } = await trainer.snapshot();
    expect(Object.keys(slots).filter((path) => path.endsWith('2.weight'))).toEqual([]);
    expect(Object.keys(slots).some((path) => path.endsWith('/0.weight'))).toBe(true);
    await trainer.finish();

    const files = new Map<string, Uint8Array | string>();
    const memory: Storage = {
      write: async (given) => {
        for (const [name, data] of Object.entries(given)) files.set(name, data);
        return { warnings: [] };
      },
      read: async (names) =>
        Object.fromEntries(
          names.map((name) => {
            const data = files.get(name) as Uint8Array | string;
            return [name, typeof data === 'string' ? new TextEncoder().encode(data) : data];
          }),
        ),
    };
    await one.save(memory);
    const again = await loadModel(memory, { engine });
    made.push(again);
    expect(await again.predict(examples.x)).toEqual(await one.predict(examples.x));
  });

  test('predicts as two equal ones do, and moves by the sum of what they would', async () => {
    const one = await built(tied());
    const two = await untied(one);
    expect(await one.predict(examples.x)).toEqual(await two.predict(examples.x));
    const before = await numbers(one, '0.weight');
    const rate = { optimizer: sgd({ learningRate: 0.5 }) };
    await one.fit(examples, { ...told, ...rate });
    await two.fit(examples, { ...told, ...rate });
    const [sum, asInput, asOutput] = await Promise.all([
      numbers(one, '0.weight'),
      numbers(two, '0.weight'),
      numbers(two, '2.weight'),
    ]);
    for (const [i, was] of before.entries()) {
      const moved = (asInput[i] as number) - was + (asOutput[i] as number) - was;
      expect((sum[i] as number) - was).toBeCloseTo(moved, 12);
    }
    expect(await numbers(one, '2.bias')).toEqual(await numbers(two, '2.bias'));
  });

  test('stays where its own layer is frozen, and moves by its own layer alone where the other is', async () => {
    const still = await built([frozen(words()), ...tied().slice(1)]);
    const before = await numbers(still, '0.weight');
    await still.fit(examples, told);
    expect(await numbers(still, '0.weight')).toEqual(before);
    expect(await numbers(still, '2.bias')).not.toEqual([0, 0, 0, 0, 0, 0, 0]);

    const half = await built(tied(frozen(dense({ units: V, tiedTo: '0.weight' }))));
    const two = await untied(half);
    const rate = { optimizer: sgd({ learningRate: 0.5 }) };
    await half.fit(examples, { ...told, ...rate });
    await two.fit(examples, { ...told, ...rate });
    expect(await numbers(half, '0.weight')).toEqual(await numbers(two, '0.weight'));
    expect(await numbers(half, '2.bias')).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  test('is tied through timeDistributed, and with an activation', async () => {
    const plain = await built(tied());
    const inside = await built(tied(timeDistributed(dense({ units: V, tiedTo: '0.weight' }))));
    expect(Object.keys(await inside.getWeights())).toEqual(Object.keys(await plain.getWeights()));
    const soft = await built(tied(dense({ units: V, tiedTo: '0.weight', activation: 'softmax' })));
    await soft.fit(examples, told);
    await plain.fit(examples, told);
    expect(await numbers(soft, '0.weight')).toEqual(await numbers(plain, '0.weight'));
  });
});

describe('what cannot be tied is refused before there are weights', () => {
  test.each<readonly [string, Layer[], readonly string[]]>([
    ['another size', tied(dense({ units: V - 1, tiedTo: '0.weight' })), ['[6,3]', '"0.weight"', '[7,3]']],
    ['no weight', tied(dense({ units: V, tiedTo: '4.weight' })), ['"4.weight"', 'there is none', '0.weight']],
    ['itself', tied(dense({ units: V, tiedTo: '2.weight' })), ['"2.weight"', 'there is none']],
    ['one that is tied as well', [...tied(), dense({ units: V, tiedTo: '2.weight' })], ['"2.weight"', 'there is none']],
    [
      'a weight outside of its list',
      tied(residual([dense({ units: N, tiedTo: '0.weight' })])),
      ['"0.weight"', 'there is none'],
    ],
  ])('%s', async (_, layers, parts) => {
    const one = model(layers);
    await expectRefusal(() => one.build(input, key(1)), ModelError, 'dense: a weight', ...parts);
    await expectRefusal(() => one.fit(examples, told), ModelError, 'dense: a weight', ...parts);
    expect(one.input).toBe(null);
  });

  test('a path that is none', async () => {
    await expectRefusal(() => dense({ units: 2, tiedTo: 0 as never }), OptionError, 'tiedTo', '0 came');
  });
});

test('other programs get equal numbers in both places, and are told', async () => {
  const one = await built(tied());
  const weight = await numbers(one, '0.weight');
  for (const format of ['onnx', 'keras'] as const) {
    const notes: string[] = [];
    const [file] = Object.values(await exportModel(one, format, { onNote: (note) => notes.push(note) }));
    expect(notes.filter((note) => note.includes('tie'))).toEqual([
      'layer 2 (dense): its weight is 0.weight here, and has equal numbers of its own in the file: who trains it on has to tie them',
    ]);
    const back = (await importModel(file as Uint8Array, { engine })) as Model;
    made.push(back);
    const predicted = (await back.predict<number[][][]>(examples.x)).flat(2);
    const wanted = (await one.predict<number[][][]>(examples.x)).flat(2);
    expect(predicted.length).toBe(wanted.length);
    if (format === 'onnx') expect(await numbers(back, '0.weight')).toEqual(weight);
  }
});
