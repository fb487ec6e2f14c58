import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adam,
  DataError,
  dense,
  embedding,
  type InputsLike,
  key,
  loadModel,
  lstm,
  ModelError,
  type Storage,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import { MODELS } from '../../../helpers/models.ts';
import { expectSameBits } from '../../../helpers/numeric.ts';

/** Predictions of several calls as those of one: of several outputs by name. */
function oneAfterTheOther(calls: readonly unknown[]): unknown {
  if (Array.isArray(calls[0])) return calls.flat();
  const names = Object.keys(calls[0] as object);
  const of = (name: string) => calls.flatMap((call) => (call as Record<string, unknown[]>)[name] ?? []);
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-model-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe.each(MODELS)('$name', ({ layers, loss, examples }) => {
  const options = { key: key(6), epochs: 1, batchSize: 2, loss, optimizer: adam() };

  test('predicts the same after it was saved and loaded, bit for bit', async () => {
    const model = sequential(layers());
    await model.fit(examples, options);
    await model.save(join(folder, 'model'));
    const loaded = await loadModel(join(folder, 'model'));
    expectSameBits(await loaded.getWeights(), await model.getWeights());
    expect(await loaded.predict(examples.x)).toEqual(await model.predict(examples.x));
    expect(await loaded.evaluate(examples)).toEqual(await model.evaluate(examples));
    expect(loaded.summary()).toBe(model.summary());
  });

  test('predicts a sample the same in any company', async () => {
    const model = sequential(layers());
    await model.fit(examples, options);
    const together = await model.predict(examples.x);
    const alone = await Promise.all(examples.x.map((sample) => model.predict([sample] as InputsLike)));
    expect(oneAfterTheOther(alone)).toEqual(together);
  });
});

describe('a model', () => {
  const layers = () => [embedding({ vocabulary: 9, units: 3 }), lstm({ units: 4 }), dense({ units: 2 })];
  const examples = {
    x: [
      [1, 2, 3],
      [4, 5],
    ],
    y: [0, 1],
  };

  test('gives its weights back, and can then be trained afresh', async () => {
    const engine = createReferenceEngine();
    const model = sequential(layers(), { engine });
    const options = { key: key(1), epochs: 1, loss: softmaxCrossEntropy() };
    await model.fit(examples, options);
    const trained = await model.getWeights();
    await model.dispose();
    expect(engine.liveBuffers).toBe(0);
    expect(model.input).toBeNull();
    await expect(model.predict(examples.x)).rejects.toThrow(ModelError);
    await model.fit(examples, options);
    expectSameBits(await model.getWeights(), trained);
  });

  test('with a softmax at the end is the same as one without: the loss takes care of it', async () => {
    const options = { key: key(1), epochs: 2, loss: softmaxCrossEntropy() };
    const [linear, softmax] = [
      sequential(layers()),
      sequential([...layers().slice(0, 2), dense({ units: 2, activation: 'softmax' })]),
    ];
    await linear.fit(examples, options);
    await softmax.fit(examples, options);
    expect(await softmax.predict(examples.x)).toEqual(await linear.predict(examples.x));
    const [row] = (await linear.predict(examples.x)) as number[][];
    expect(row?.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  test('has a summary, before and after it has weights', async () => {
    const model = sequential(layers());
    expect(model.summary()).toContain('the weights are made when the model first sees data');
    await model.build({ kind: 'tokens', vocabulary: 9 }, key(1));
    expect(model.summary()).toBe(
      [
        'layer      output   weights',
        'embedding  [B,T,3]       27',
        'lstm       [B,4]        144',
        'dense      [B,2]         10',
        '181 weights',
      ].join('\n'),
    );
  });

  test("of a layer of one's own is not saved, since nobody could load it", async () => {
    const own = { ...dense({ units: 2 }), config: { type: 'own' } };
    const model = sequential([own]);
    await model.build({ kind: 'vector', size: 1 }, key(1));
    await expect(model.save(join(folder, 'own'))).rejects.toThrow(ModelError);
    expect(await readdir(folder)).toEqual([]);
  });

  test('refuses weights that are not finite, and a vocabulary that is not its own', async () => {
    const model = sequential([dense({ units: 1 })]);
    const input = { kind: 'vector', size: 1 } as const;
    await expect(model.setWeights({ '0.weight': [[Number.NaN]], '0.bias': [0] }, { input })).rejects.toThrow(DataError);
    // @ts-expect-error
    await expect(model.setWeights({ '0.weight': [[2]], '0.bias': [1] })).rejects.toThrow(
      /^setWeights: what goes into the model was expected .* came; pass \{ input: .* after build\(\)$/,
    );
    await model.setWeights({ '0.weight': [[2]], '0.bias': [1] }, { input });
    expect(await model.predict([[3]])).toEqual([[7]]);
    await expect(sequential(layers()).build({ kind: 'tokens', vocabulary: 10 }, key(1))).rejects.toThrow(
      /a vocabulary of 10 came/,
    );
  });

  test('says what it needs', async () => {
    expect(() => sequential([])).toThrow(ModelError);
    await expect(sequential(layers()).predict([[1]])).rejects.toThrow(/call fit\(\) or loadModel\(\)/);
    await expect(
      sequential([lstm({ units: 2 }), lstm({ units: 2 })]).fit(
        { x: [[[1]]], y: [0] },
        { key: key(1), epochs: 1, loss: softmaxCrossEntropy() },
      ),
    ).rejects.toThrow(
      new ModelError(
        'lstm: a sequence was expected as its input, but a vector came; set returnSequences: true on the recurrent layer before it',
      ),
    );
  });

  test('that is damaged on disk is not loaded, and says what is wrong', async () => {
    const model = sequential(layers());
    await model.fit(examples, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
    const dir = join(folder, 'model');

    const damages: Record<string, () => Promise<void>> = {
      missing: () => rm(join(dir, 'weights.safetensors')),
      truncated: () => truncate(join(dir, 'weights.safetensors'), 100),
      tampered: () => writeFile(join(dir, 'model.json'), '{}'),
      emptied: () => truncate(join(dir, 'checksums.json'), 0),
    };
    for (const damage of Object.values(damages)) {
      await model.save(dir);
      await damage();
      const error = await loadModel(dir).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ModelError);
      expect((error as Error).message).not.toContain('\n');
    }
    // Nothing tells any more which of the files are a model's.
    await expect(model.save(dir)).rejects.toThrow(/its checksums\.json is damaged or of another tool/);
    await rm(dir, { recursive: true });
    await model.save(dir);
    expect((await readdir(folder)).sort()).toEqual(['model']);
    await expect(loadModel(join(folder, 'nowhere'))).rejects.toThrow(ModelError);
  });
});

test('a model is saved to any storage, and loaded from it', async () => {
  const kept = new Map<string, Uint8Array>();
  const storage: Storage = {
    async write(files) {
      kept.clear();
      for (const [name, data] of Object.entries(files))
        kept.set(name, typeof data === 'string' ? new TextEncoder().encode(data) : data);
      return { warnings: ['kept in memory'] };
    },
    read: async (names) => Object.fromEntries(names.map((name) => [name, kept.get(name) as Uint8Array])),
  };
  const model = sequential([dense({ units: 1 })]);
  await model.setWeights({ '0.weight': [[2]], '0.bias': [1] }, { input: { kind: 'vector', size: 1 } });
  expect(await model.save(storage)).toEqual({ warnings: ['kept in memory'] });
  const loaded = await loadModel(storage);
  expect(await loaded.predict([[3]])).toEqual([[7]]);
  await Promise.all([model.dispose(), loaded.dispose()]);
});
