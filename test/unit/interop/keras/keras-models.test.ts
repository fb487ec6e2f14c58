import { key, type Model, modelFromFiles, normal, Tensor, TextClassifier } from 'keepgate';
import { importLayers, importModel, readTensors, type TensorFile } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { EXPECTED, kerasFile, largestError, refusalOf } from '../../../helpers/golden-keras.ts';

const ON_REFERENCE = { engine: 'reference' } as const;

describe('a model of Keras predicts what it predicted there', () => {
  test.each(['chain.keras', 'chain_3_4.keras', 'chain_2_13.keras'])('%s, by both rules of masks', async (name) => {
    for (const masking of ['keras-3.15', 'keras-3.16'] as const) {
      const model = (await importModel(kerasFile(name), { masking, engine: 'reference' })) as Model;
      const { x } = EXPECTED.chain;
      expect(largestError(await model.predict(x), EXPECTED.chain[masking])).toBeLessThan(1e-6);
      // The rules differ where a row is padded, and only there.
      const other = EXPECTED.chain[masking === 'keras-3.15' ? 'keras-3.16' : 'keras-3.15'];
      expect(largestError(await model.predict(x), other)).toBeGreaterThan(1e-3);
      await model.dispose();
    }
  });

  test('padding in front of ids changes nothing where it is no step', async () => {
    const model = (await importModel(kerasFile('chain.keras'), ON_REFERENCE)) as Model;
    expect(largestError(await model.predict([[0, 0, 7, 4]]), [EXPECTED.chain['keras-3.15'][1]])).toBeLessThan(1e-6);
    await model.dispose();
  });

  test('a saved model of the later rule is loaded again, and refuses padding between ids', async () => {
    const model = (await importModel(kerasFile('chain.keras'), {
      masking: 'keras-3.16',
      engine: 'reference',
    })) as Model;
    const again = await modelFromFiles(await model.toFiles(), ON_REFERENCE);
    expect(await again.predict(EXPECTED.chain.x)).toEqual(await model.predict(EXPECTED.chain.x));
    expect(await refusalOf(() => model.predict([[3, 0, 5]]))).toMatch(/padding 0 behind a sample's ids was expected/);
    await Promise.all([model.dispose(), again.dispose()]);
  });

  test('of Keras 2: a list as config, a GRU that resets before, hard_sigmoid, and lists of names in parts', async () => {
    const model = (await importModel(kerasFile('legacy_list.h5'), ON_REFERENCE)) as Model;
    expect(largestError(await model.predict(EXPECTED.legacy_list.x), EXPECTED.legacy_list.y)).toBeLessThan(1e-6);
    await model.dispose();
  });

  test('a functional model that is a chain, with the operation that makes its mask', async () => {
    const model = (await importModel(kerasFile('functional.keras'), ON_REFERENCE)) as Model;
    const { ids, yes } = EXPECTED.texts;
    expect(largestError(await model.predict(ids), yes)).toBeLessThan(1e-6);
    await model.dispose();
  });
});

test('texts and their vocabulary become a classifier, which is saved and loaded', async () => {
  const notes: string[] = [];
  const classifier = await importModel(kerasFile('texts.keras'), {
    engine: 'reference',
    onNote: (note) => notes.push(note),
  });
  if (!(classifier instanceof TextClassifier)) throw new Error('a classifier was expected');
  const { texts, ids, yes } = EXPECTED.texts;
  expect(classifier.classes).toEqual(['0', '1']);
  expect(classifier.encode({ texts, labels: texts.map(() => '0') }).x).toEqual(ids);
  const found = (await classifier.predict(texts)).map(({ probabilities }) => probabilities['1']);
  expect(largestError(found, yes)).toBeLessThan(1e-6);
  const again = await TextClassifier.fromFiles(await classifier.toFiles(), ON_REFERENCE);
  expect(await again.predict(texts)).toEqual(await classifier.predict(texts));
  expect(notes).toEqual([expect.stringMatching(/made the second of two classes/)]);
  await Promise.all([classifier.model.dispose(), again.model.dispose()]);
});

test('labels and tokens are those of the caller, where they are given', async () => {
  const labels = ['bad', 'good'];
  const bytes = kerasFile('texts.keras');
  const named = (await importModel(bytes, { labels, engine: 'reference' })) as TextClassifier;
  expect(named.classes).toEqual(labels);
  const vocabulary = ['', '[UNK]', 'one', 'two', 'three', 'four', 'five'];
  const given = (await importModel(kerasFile('functional.keras'), {
    vocabulary,
    engine: 'reference',
  })) as TextClassifier;
  expect(given.encode({ texts: ['Two, five!'], labels: ['1'] }).x).toEqual([[3, 6]]);
  expect(await refusalOf(() => importModel(bytes, { labels: ['one'] }))).toMatch(
    /2 labels were expected, one for each class/,
  );
  expect(await refusalOf(() => importModel(kerasFile('functional.keras'), { labels }))).toMatch(/pass { vocabulary }/);
  await Promise.all([named.model.dispose(), given.model.dispose()]);
});

test('training goes on, with what Keras dropped', async () => {
  const model = (await importModel(kerasFile('chain.keras'), ON_REFERENCE)) as Model;
  const [, dropped, both, reader] = model.layers;
  expect(dropped?.config).toMatchObject({ type: 'dropout', rate: 0.1, scope: 'sequence' });
  // recurrent_dropout gives each gate a mask of its own, dropout alone one for all: keras/src/layers/rnn/lstm.py.
  expect(both?.scheme?.map(({ site, rate, tied }) => ({ site, rate, tied }))).toEqual([
    { site: 'input', rate: 0.25, tied: false },
    { site: 'recurrent', rate: 0.5, tied: false },
  ]);
  expect(reader?.scheme?.map(({ site, rate, tied }) => ({ site, rate, tied }))).toEqual([
    { site: 'input', rate: 0.2, tied: true },
  ]);
  const { x } = EXPECTED.chain;
  const { softmaxCrossEntropy } = await import('keepgate');
  const { epochs } = await model.fit({ x, y: [0, 1, 2] }, { key: key(1), epochs: 30, loss: softmaxCrossEntropy() });
  expect(epochs.at(-1)?.training.loss).toBeLessThan(epochs[0]?.training.loss as number);
  await model.dispose();
});

describe('what is no chain of known layers is refused by its name', () => {
  test.each([
    ['forked.keras', /layer "no": layers one behind the other was expected/],
    ['chain.weights.h5', /keras came, which has their weights alone/],
    ['hostile/lambda.keras', /layer "run": a layer that is known here was expected, but "Lambda" came/],
    ['hostile/own_module.keras', /layer "run": a layer of Keras' own was expected, but system came/],
    ['hostile/prototype.keras', /layer "p": a layer that is known here was expected, but "__proto__" came/],
    ['hostile/path.keras', /the tokens of "look" were expected, but the path "\/etc\/passwd" came/],
  ])('%s', async (name, message) => {
    expect(await refusalOf(() => importModel(kerasFile(name)))).toMatch(message);
  });

  test('a state dict does not tell how its layers stand', async () => {
    expect(await refusalOf(() => importModel({}))).toMatch(
      /bytes of a file, or tensors by name, were expected|importModel: a file/,
    );
  });
});

describe('a layer that goes backwards', () => {
  const drawn = (seed: number, ...shape: number[]): Tensor =>
    new Tensor(
      normal(
        key(seed),
        shape.reduce((a, b) => a * b),
      ),
      shape,
    );
  const cell = 'layers/gru/cell/vars';
  const weights = { [`${cell}/0`]: drawn(1, 2, 9), [`${cell}/1`]: drawn(2, 3, 9), [`${cell}/2`]: drawn(3, 2, 9) };
  /** A file of one, behind an embedding if that is asked for. */
  const fileOf = (settings: object, ids = false): TensorFile => {
    const config = { name: 'back', units: 3, go_backwards: true, ...settings };
    const tokens = { class_name: 'Embedding', config: { name: 'ids', input_dim: 5, output_dim: 2, mask_zero: true } };
    const layers = [...(ids ? [tokens] : []), { class_name: 'GRU', config }];
    const tensors = ids ? { ...weights, 'layers/embedding/vars/0': drawn(4, 5, 2) } : weights;
    const model = { class_name: 'Sequential', config: { layers } };
    return { format: 'keras', tensors, refused: {}, notes: [], config: { model, kerasVersion: '3.15.0' } };
  };
  const madeOf = async (file: TensorFile): Promise<Model> => (await importModel(file, ON_REFERENCE)) as Model;
  const x = [
    [1, -2],
    [0.5, 3],
    [-1, 0.25],
  ];

  test('hands on its steps in the order in which it makes them, the last being that of the first step', async () => {
    const [all, last, ahead] = await Promise.all([
      madeOf(fileOf({ return_sequences: true })),
      madeOf(fileOf({})),
      madeOf(fileOf({ return_sequences: true, go_backwards: false })),
    ]);
    const [steps] = (await all.predict([x])) as number[][][];
    expect(steps).toEqual(((await ahead.predict([x.toReversed()])) as number[][][])[0]);
    expect(steps).not.toEqual(((await ahead.predict([x])) as number[][][])[0]);
    expect((await last.predict([x]))[0]).toEqual(steps?.at(-1));
    await Promise.all([all, last, ahead].map((model) => model.dispose()));
  });

  test('leaves padding out where it hands on its last step alone, and is refused where it hands on all', async () => {
    const model = await madeOf(fileOf({}, true));
    // Keras turns the mask round with the steps, so that padding comes first and the state stays zeros up to there.
    expect(await model.predict([[3, 4, 2, 0, 0]])).toEqual(await model.predict([[3, 4, 2]]));
    expect(await model.predict([[3, 4, 2]])).not.toEqual(await model.predict([[2, 4, 3]]));
    await model.dispose();
    expect(await refusalOf(() => importModel(fileOf({ return_sequences: true }, true)))).toMatch(
      /layer "back": go_backwards without a mask, or for the last step alone was expected/,
    );
  });

  test('comes in a model alone: by itself it would be taken for one that goes forward', async () => {
    expect(await refusalOf(() => importLayers(fileOf({})))).toMatch(
      /layer "back": .*but go_backwards came; importModel makes it with reverse\(\) in front/,
    );
  });

  test('stays as it is where no training moved it', async () => {
    const model = await madeOf(fileOf({ trainable: false }));
    expect(model.layers.map(({ config }) => config.type)).toEqual(['reverse', 'frozen']);
    await model.dispose();
  });
});

test('what a file tells goes through readTensors, and gives the same layers', async () => {
  const file = await readTensors(kerasFile('texts.keras'));
  expect(file.vocabulary).toEqual(['', '[UNK]', 'film', 'a', 'warm', 'dull', 'its']);
  const layers = await importLayers(file);
  expect(layers.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'tokens embedding',
    'reader recurrent',
    'yes dense',
  ]);
  const made = await importModel(file, ON_REFERENCE);
  expect(made).toBeInstanceOf(TextClassifier);
  await (made as TextClassifier).model.dispose();
});
