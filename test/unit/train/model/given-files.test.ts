import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import {
  type Batch,
  defineLayer,
  defineLoss,
  dense,
  embedding,
  type Handle,
  key,
  type Layer,
  loadModel,
  lstm,
  type Model,
  ModelError,
  meanSquaredError,
  modelFromFiles,
  OptionError,
  runFromFiles,
  runToFiles,
  type Signatures,
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

test('a run comes back with scores that are no numbers to JSON', async () => {
  const model = sequential([dense({ units: 1 })], { engine: 'reference' });
  const of = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const metrics = of.map((value) => ({ name: `always ${value}`, score: () => value }));
  const told = { key: key(1), epochs: 2, batchSize: 1, loss: meanSquaredError(), metrics };
  const examples = { x: [[0], [1]], y: [[1], [3]] };
  const trainer = await model.trainer(examples, { ...told, validation: examples });
  await trainer.next();
  await trainer.next();
  await trainer.endEpoch();
  await trainer.next();
  const state = await trainer.snapshot();
  expect(state.averages.tallies?.['always NaN']).toEqual([1, Number.NaN]);
  expect(runFromFiles(runToFiles(state))).toEqual(state);
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

  const input = { kind: 'vector', size: 1 } as const;

  /** What hands on its input. */
  const passing = (config: Readonly<Record<string, unknown>>) => ({
    config,
    inputs: { x: { kinds: ['vector' as const] } },
    outputs: ({ x }: Signatures<'x'>) => ({ y: x }),
    weights: () => ({}),
    run: (_: unknown, __: unknown, { x }: { readonly x: Batch }) => ({
      outputs: { y: { ...x } },
      backward: ({ y }: { readonly y: Handle }) => ({ weights: {}, inputs: { x: () => y } }),
    }),
  });

  test('two makers of one type', async () => {
    const [one, two] = [1, 2].map(() => defineLayer<[]>({ type: 'passing', make: () => passing({}) }));
    if (!one || !two) return;
    const mixed = sequential([one(), two()], { engine: 'reference' });
    await mixed.build(input, key(1));
    await expectNotSaved(mixed, 'one maker of the type "passing" was expected, but a layer each of two came');
    const twice = sequential([one(), one()], { engine: 'reference' });
    await twice.build(input, key(1));
    const storage = memoryStorage();
    await twice.save(storage);
    const loaded = await loadModel(storage, { layers: { one } });
    expect(loaded.layers).toHaveLength(2);
    await Promise.all([mixed, twice, loaded].map((model) => model.dispose()));
  });

  test('a layer of which loading would make another, or none', async () => {
    const by = defineLayer({ type: 'by', make: (factor: number) => passing({ factor }) });
    const strict = defineLayer({
      type: 'strict',
      make(factor: number) {
        if (typeof factor !== 'number') throw new TypeError('a factor is missing');
        return passing({ factor });
      },
    });
    const parsed = defineLayer({
      type: 'parsed',
      parse: ({ factor }): [number] => [factor as number],
      make: (factor: number) => passing({ factor }),
    });
    // What stands inside of it may be of a maker that is handed in when it is loaded.
    const around = defineLayer({
      type: 'around',
      parse: ({ inner }, restore): [Layer] => [restore(inner)],
      make: (inner: Layer) => passing({ inner: inner.config }),
    });
    const message = 'save: a config that makes its layer again was expected, but of';
    for (const [layer, parts] of [
      [by(3), `${message} { type: "by", factor: 3 } came {"type":"by","factor":{"factor":3}}; give its definition`],
      [strict(3), 'a factor is missing'],
      [parsed(3), null],
      [around(parsed(3)), null],
    ] as const) {
      const model = sequential([layer], { engine: 'reference' });
      await model.build(input, key(1));
      if (parts) await expectNotSaved(model, parts);
      else {
        const loaded = await modelFromFiles(await model.toFiles(), { layers: { parsed, around } });
        expect(loaded.layers.map(({ config }) => config)).toEqual([layer.config]);
        await loaded.dispose();
      }
      await model.dispose();
    }
  });

  test('a loss of which loading would make another; and a run neither', async () => {
    const scaled = defineLoss({ type: 'scaled', make: (by: number) => ({ ...meanSquaredError(), config: { by } }) });
    const model = sequential([dense({ units: 1 })], { engine: 'reference' });
    const trainer = await model.trainer({ x: [[0]], y: [[1]] }, { key: key(1), epochs: 1, loss: scaled(2) });
    await expectNotSaved(model, 'save: a config that makes its loss again was expected');
    await expectRefusal(
      () => trainer.snapshot(),
      ModelError,
      'snapshot: a config that makes its loss again was expected',
    );
    await trainer.finish();
    await model.dispose();
  });

  test('an input of ids in an order of their own is loaded as what it is', async () => {
    const layer = defineLayer({
      type: 'pairs',
      make: (options: object) => ({
        ...passing({ ...options }),
        inputs: { x: { kinds: ['tokens' as const] } },
        outputs: () => ({ y: { over: 'time' as const, dtype: 'numbers' as const, shape: [2] } }),
      }),
    });
    const pairs = { over: 'time', dtype: 'ids', shape: [2], vocabulary: 5 } as const;
    const model = sequential([layer({})], { engine: 'reference' });
    await model.build(pairs, key(1));
    const loaded = await modelFromFiles(await model.toFiles(), { layers: { layer } });
    expect(loaded.input).toEqual(pairs);
    await Promise.all([model.dispose(), loaded.dispose()]);
  });
});
