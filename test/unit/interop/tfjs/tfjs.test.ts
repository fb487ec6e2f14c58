import { fc } from '@fast-check/vitest';
import { DataError, ModelError, OptionError } from 'keepgate';
import { exportModel, importLayers, readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { makeModel, type WrittenCase, writtenCase } from '../../../helpers/keras/written-models.ts';
import { expectSame } from '../../../helpers/keras/read-back.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

type Files = Record<string, Uint8Array>;

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

interface Spec {
  name: string;
  shape: unknown;
  dtype: string;
  quantization?: unknown;
}

/** Files of one group of weights. */
function filesOf(weights: readonly Spec[], bytes: Uint8Array, more: object = {}): Files {
  const weightsManifest = [{ paths: ['w.bin'], weights }];
  return { 'model.json': encode(Object.assign({ modelTopology: {}, weightsManifest }, more)), 'w.bin': bytes };
}

const spec = (more: Partial<Spec> = {}): Spec => Object.assign({ name: 'a', shape: [2], dtype: 'float32' }, more);

test('a model that was written comes back: to the bit, but for two biases that are one', async () => {
  const has = writtenCase.filter(({ cell }) => cell !== 'gru');
  await fc.assert(
    fc.asyncProperty(has, async (any) => {
      // A layer that goes backwards comes in a model alone.
      const given = { ...any, backwards: false };
      const model = await makeModel(given);
      await expectSame(await importLayers(await exportModel(model, 'tfjs')), given, await model.getWeights());
      await model.dispose();
    }),
    { numRuns: 20 },
  );
});

describe('names of weights', () => {
  const given: WrittenCase = {
    cell: 'lstm',
    tokens: true,
    inputSize: 2,
    units: 3,
    layers: 2,
    bothWays: true,
    end: 'last',
    activation: 'linear',
  };

  const renamed = async (rename: (name: string) => string, order = (specs: Spec[]): Spec[] => specs): Promise<void> => {
    const model = await makeModel(given);
    const files = await exportModel(model, 'tfjs');
    const json = JSON.parse(new TextDecoder().decode(files['model.json']));
    const [{ weights }] = json.weightsManifest;
    const parts = new Map<string, Uint8Array>();
    let at = 0;
    for (const one of weights) {
      const end = at + 4 * one.shape.reduce((product: number, size: number) => product * size, 1);
      parts.set(one.name, (files['weights.bin'] as Uint8Array).slice(at, end));
      at = end;
    }
    const ordered = order(weights);
    json.weightsManifest = ordered.map((one, i) => {
      return { paths: [`${i}`], weights: [Object.assign({}, one, { name: rename(one.name) })] };
    });
    const shards = Object.fromEntries(ordered.map(({ name }, i) => [`${i}`, parts.get(name) as Uint8Array]));
    const found = await importLayers(Object.assign(shards, { 'model.json': encode(json) }));
    await expectSame(found, given, await model.getWeights());
    await model.dispose();
  };

  test("tf.keras' own, with those of cells between", () =>
    renamed((name) => name.replace(/(forward|backward)_lstm(_\d)?/, '$&/lstm_cell_7')));
  test("Keras 3's after the converter, without those of Bidirectional", () =>
    renamed((name) => name.replace(/^bidirectional(_\d)?\//, '').replace(/\/(\w+)$/, '/lstm_cell/$1')));
  test('in any order, a file each', () =>
    renamed(
      (name) => name,
      (specs) => specs.toReversed(),
    ));
  test('below the name of the model', () => renamed((name) => `sequential/${name}`));
});

test('numbers that stand for others are what TensorFlow.js makes of them', async () => {
  const bytes = Uint8Array.of(0, 255, 1, 2, 0, 0x3c, 0, 0xc0, 3, 0, 1);
  const { tensors, notes } = await readTensors(
    filesOf(
      [
        spec({ name: 'q8', quantization: { dtype: 'uint8', scale: 0.1, min: -1 } }),
        spec({ name: 'int', dtype: 'int32', quantization: { dtype: 'uint8', scale: 2.6, min: 0 } }),
        spec({ name: 'half', quantization: { dtype: 'float16' } }),
        spec({ name: 'q16', shape: [1], quantization: { dtype: 'uint16', scale: 2, min: 0.5 } }),
        spec({ name: 'flag', shape: [1], dtype: 'bool' }),
      ],
      bytes,
    ),
  );
  const values = Object.entries(tensors).map(([name, { data }]) => [name, [...data]]);
  expect(Object.fromEntries(values)).toEqual({
    q8: [-1, Math.fround(255 * 0.1 - 1)],
    int: [3, 5],
    half: [1, -2],
    q16: [6.5],
    flag: [1],
  });
  expect(notes.join()).toContain('4 weights are quantised');
});

test('texts and complex numbers are left out by their names, and what is behind them is read', async () => {
  const bytes = Uint8Array.of(2, 0, 0, 0, 104, 105, 0, 0, 0, 0, ...new Uint8Array(8), 0, 0, 128, 63);
  const { tensors, refused } = await readTensors(
    filesOf(
      [spec({ dtype: 'string' }), spec({ name: 'c', shape: [1], dtype: 'complex64' }), spec({ name: 'b', shape: [] })],
      bytes,
    ),
  );
  expect([Object.keys(refused), tensors.b?.toFlat()[0]]).toEqual([['a', 'c'], 1]);
});

const two = new Uint8Array(8);
const oneShard = (paths: unknown): Files => filesOf([], two, { weightsManifest: [{ paths, weights: [] }] });
const halves = [spec({ shape: [1] }), spec({ shape: [1] })];
const int8 = { dtype: 'int8' };
const uint8 = { dtype: 'uint8' };

describe('what breaks a rule is refused', () => {
  const refused = (files: Files, reason: string): Promise<void> =>
    expectRefusal(() => readTensors(files), DataError, reason);

  test.each([
    ['a byte too many', filesOf([spec()], new Uint8Array(9)), '8 bytes'],
    ['a byte too few', filesOf([spec()], new Uint8Array(7)), '8 bytes'],
    ['a forged size', filesOf([spec({ shape: [2 ** 30, 2 ** 30] })], two), 'at most'],
    ['a size too large', filesOf([spec({ shape: [2 ** 32] })], two), 'at most'],
    ['a size below 0', filesOf([spec({ shape: [-1] })], two), 'shape'],
    ['a shape that is none', filesOf([spec({ shape: 'two' })], two), 'shape'],
    ['texts without an end', filesOf([spec({ dtype: 'string', shape: [9] })], new Uint8Array(4).fill(255)), 'at least'],
    ['many texts in nothing', filesOf([spec({ dtype: 'string', shape: [1e9] })], new Uint8Array(0)), 'at least'],
    ['an unknown dtype', filesOf([spec({ dtype: 'float8' })], two), 'dtype'],
    ['an unknown quantisation', filesOf([spec({ quantization: int8 })], two), 'dtype'],
    ['a quantisation for bits', filesOf([spec({ dtype: 'bool', quantization: uint8 })], new Uint8Array(2)), 'for bool'],
    ['a name twice', filesOf(halves, two), 'once'],
    ['no name', filesOf([spec({ name: '' })], two), 'names'],
    ['no manifest', { 'model.json': encode({ modelTopology: {} }) }, 'weightsManifest'],
    ['no group', filesOf([], two, { weightsManifest: [7] }), 'groups'],
    ['a file twice', oneShard(['w.bin', 'w.bin']), 'once'],
    ['a file that is not there', oneShard(['v.bin']), '"v.bin"'],
  ])('%s', (_, files, reason) => refused(files, reason));

  test.each(['../w.bin', '/etc/passwd', 'a/b', 'https://x.org/w', 'C:w', '..', '.', '', 'a\\b', 'a\0'])(
    'the path %j',
    (path) => refused(oneShard([path]), 'lie beside it'),
  );

  test('a graph, with what to do', async () => {
    for (const more of [{ format: 'graph-model' }, { modelTopology: { node: [] } }]) {
      await refused(filesOf([spec()], two, more), 'tfjs_layers_model');
    }
  });

  test('every prefix of a model.json', async () => {
    const model = await makeModel(CASE);
    const files = await exportModel(model, 'tfjs');
    const json = files['model.json'] as Uint8Array;
    for (let end = 0; end < json.length; end++) {
      const cut = Object.assign({}, files, { 'model.json': json.subarray(0, end) });
      await expectRefusal(() => readTensors(cut), DataError);
    }
    await model.dispose();
  });

  test('an option of other files', () =>
    expectRefusal(() => readTensors(filesOf([spec()], two), { at: 'ema' }), OptionError, 'leave it out'));

  test('a layer whose weights are none, by its name', async () => {
    const model = await makeModel(CASE);
    const files = await exportModel(model, 'tfjs');
    const json = JSON.parse(new TextDecoder().decode(files['model.json']));
    json.weightsManifest[0].weights[0].name = 'elsewhere/kernel';
    const changed = Object.assign({}, files, { 'model.json': encode(json) });
    await expectRefusal(() => importLayers(changed), ModelError, 'simple_rnn');
    await model.dispose();
  });
});

const CASE: WrittenCase = {
  cell: 'rnn',
  tokens: false,
  inputSize: 1,
  units: 2,
  layers: 1,
  bothWays: false,
  end: 'last',
  activation: 'linear',
};
