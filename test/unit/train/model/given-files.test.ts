import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import {
  defineLayer,
  dense,
  embedding,
  key,
  loadModel,
  lstm,
  type Model,
  ModelError,
  meanSquaredError,
  modelFromFiles,
  OptionError,
  runFromFiles,
  runToFiles,
  sequential,
  sgd,
  TextClassifier,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { memoryStorage } from '../../../helpers/memory-storage.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const training = { texts: ['a warm film', 'warm', 'a dull film', 'dull'], labels: ['\ud800', '\ud800', 'a\0', 'a\0'] };

async function classifier(): Promise<TextClassifier> {
  const made = TextClassifier.from(training, {
    level: 'word',
    layers: ({ vocabulary, classes }) => [
      embedding({ vocabulary, units: 3 }),
      lstm({ units: 2 }),
      dense({ units: classes }),
    ],
    engine: 'reference',
  });
  await made.fit(training, { key: key(1), epochs: 1 });
  return made;
}

/** The files that `save` writes to a disk, `checksums.json` among them. */
async function filesOnDisk(save: (dir: string) => Promise<unknown>): Promise<Record<string, Uint8Array>> {
  const folder = await mkdtemp(join(tmpdir(), 'keepgate-given-'));
  try {
    const dir = join(folder, 'model');
    await save(dir);
    const names = await readdir(dir);
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name))] as const)),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

const bufferOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const realm = createContext({});

/** As other hosts hand bytes over. */
const KINDS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  'a Buffer': (bytes) => Buffer.from(bytes),
  'an ArrayBuffer': bufferOf,
  'a Uint8Array that begins within its buffer': (bytes) => Uint8Array.of(1, 2, 3, ...bytes).subarray(3),
  'a Uint8Array of another realm': (bytes) => runInContext('(list) => Uint8Array.from(list)', realm)([...bytes]),
  'an ArrayBuffer of another realm': (bytes) =>
    runInContext('(list) => Uint8Array.from(list).buffer', realm)([...bytes]),
  'memory that threads share': (bytes) => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return shared;
  },
};

describe('row 16b: a classifier and a model of files that were fetched', () => {
  test.each(Object.entries(KINDS))('as %s', async (_, kind) => {
    const made = await classifier();
    const onDisk = await filesOnDisk((dir) => made.save(dir));
    expect(Object.keys(onDisk).sort()).toEqual(['checksums.json', 'model.json', 'text.json', 'weights.safetensors']);
    const files = Object.fromEntries(Object.entries(onDisk).map(([name, bytes]) => [name, kind(bytes)])) as never;
    const loaded = await TextClassifier.fromFiles(files, { engine: 'reference' });
    expect(await loaded.predict(training.texts)).toEqual(await made.predict(training.texts));
    const model = await modelFromFiles(files, { engine: 'reference' });
    expect(await model.getWeights()).toEqual(await made.model.getWeights());
    await Promise.all([made.model, loaded.model, model].map((one) => one.dispose()));
  });

  test('that are not what they should be', async () => {
    const made = await classifier();
    const files = await made.toFiles();
    const { 'text.json': _, ...model } = files;
    const page = '<!doctype html><title>not found</title>';
    const weights = files['weights.safetensors'] as Uint8Array;
    const wrong: readonly (readonly [unknown, typeof ModelError | typeof OptionError, string])[] = [
      [null, OptionError, 'fromFiles: files by name were expected'],
      [new Map(Object.entries(files)), OptionError, 'but a Map came'],
      [[files], OptionError, 'files by name were expected'],
      [{}, ModelError, 'a file "model.json" was expected, but none came'],
      [model, ModelError, 'a file "text.json" was expected, but "model.json", "weights.safetensors" came'],
      [
        { ...files, 'model.json': page },
        ModelError,
        'model.json: a JSON object was expected, but a page, "<!doctype html>',
      ],
      [{ ...files, 'text.json': '' }, ModelError, 'text.json: a JSON object was expected, but an empty file came'],
      [{ ...files, 'text.json': '[]' }, ModelError, 'text.json: a JSON object was expected, but "[]" came'],
      [{ ...files, 'weights.safetensors': 'text' }, OptionError, 'pass await response.arrayBuffer()'],
      [{ ...files, 'model.json': Promise.resolve() }, OptionError, 'as "model.json", but a Promise came'],
      [{ ...files, 'model.json': undefined }, OptionError, 'as "model.json", but undefined came'],
      [{ ...files, 'weights.safetensors': weights.slice(0, 99) }, ModelError, 'the files are damaged'],
      [
        { ...files, 'text.json': '{"classes": [[]], "lowercase": true, "maxLength": 5}' },
        ModelError,
        'a list of names',
      ],
    ];
    for (const [given, type, message] of wrong) {
      // The engine is asked for last: whoever is refused has nothing to give back.
      const act = (): unknown => TextClassifier.fromFiles(given as never, { engine: 'none' as never });
      await expectRefusal(act, type, message);
    }
    await made.model.dispose();
  });

  test('are checked against the sums that come with them', async () => {
    const made = await classifier();
    const files = await filesOnDisk((dir) => made.save(dir));
    const changed = new TextDecoder().decode(files['text.json']).replace('warm', 'cold');
    const act = (given: object) => () => TextClassifier.fromFiles({ ...files, ...given });
    await expectRefusal(act({ 'text.json': changed }), ModelError, 'sha256', 'of "text.json" in checksums.json');
    await expectRefusal(
      act({ 'checksums.json': '{}' }),
      ModelError,
      'of "model.json" in checksums.json, but none came',
    );
    await made.model.dispose();
  });
});

test('a run comes back from files of any kind', async () => {
  const model = sequential([dense({ units: 1 })], { engine: 'reference' });
  const trainer = await model.trainer(
    { x: [[0], [1]], y: [[1], [3]] },
    { key: key(1), epochs: 1, loss: meanSquaredError() },
  );
  const files = runToFiles(await trainer.snapshot());
  const given = { ...files, 'run.safetensors': bufferOf(files['run.safetensors'] as Uint8Array) };
  expect(runFromFiles(given).weights).toEqual(await model.getWeights());
  await trainer.finish();
  await model.dispose();
});

describe('what could not be loaded is not saved, and nothing is written', () => {
  async function expectNotSaved(model: Model, message: string): Promise<void> {
    const storage = memoryStorage();
    await expectRefusal(() => model.save(storage), ModelError, message);
    expect(storage.writes).toBe(0);
  }

  test('weights that are not finite', async () => {
    const model = sequential([dense({ units: 1 })], { engine: 'reference' });
    const onStep = (): Promise<void> => expectNotSaved(model, 'save: finite weights were expected, but');
    const told = { key: key(1), epochs: 1, loss: meanSquaredError(), optimizer: sgd({ learningRate: 1e300 }) };
    const examples = { x: [[1e9]], y: [[1e9]] };
    await expect(model.fit(examples, { ...told, callbacks: [{ onStep }] })).rejects.toThrow(
      /weights that are not finite/,
    );
    await model.dispose();
  });

  test('two makers of one type', async () => {
    const scaledBy = (by: number) =>
      defineLayer<[]>({
        type: 'scaled',
        make: () => ({
          config: {},
          inputs: { x: { kinds: ['vector'] } },
          outputs: ({ x }) => ({ y: x }),
          weights: () => ({}),
          run: ({ ops }, _, { x }) => ({
            outputs: { y: { ...x, values: ops.concat(Array(by).fill(x.values)) } },
            backward: ({ y }) => ({ weights: {}, inputs: { x: () => y } }),
          }),
        }),
      });
    const [one, two] = [scaledBy(1), scaledBy(1)];
    const input = { kind: 'vector', size: 1 } as const;
    const mixed = sequential([one(), two()], { engine: 'reference' });
    await mixed.build(input, key(1));
    await expectNotSaved(mixed, 'one maker of the type "scaled" was expected, but a layer each of two came');
    const twice = sequential([one(), one()], { engine: 'reference' });
    await twice.build(input, key(1));
    const storage = memoryStorage();
    await twice.save(storage);
    expect((await loadModel(storage, { layers: { one } })).layers).toHaveLength(2);
  });
});
