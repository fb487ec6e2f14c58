import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc } from '@fast-check/vitest';
import {
  bidirectional,
  dense,
  embedding,
  gru,
  key,
  type Layer,
  lstm,
  type Model,
  ModelError,
  OptionError,
  pooling,
  rnn,
  recurrent,
  reverse,
  type SchemeLike,
  sequential,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';
import { type ExportFormat, exportModel, importLayers, importModel } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import { readZip } from '../../../../src/interop/archives/read-zip.ts';
import { lookup3 } from '../../../../src/interop/keras/write/lookup3.ts';
import { expectSame } from '../../../helpers/keras/read-back.ts';
import { furthest, makeModel, samples, type WrittenCase, writtenCase } from '../../../helpers/keras/written-models.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const PYTHON = ['/usr/bin/python3', 'python3'].find(
  (python) => spawnSync(python, ['-c', 'import h5py, numpy']).status === 0,
);

// One process for all: it takes a second to begin.
test.skipIf(!PYTHON)(
  'numpy and h5py give the outputs of a model of every cell, in both directions, stacked',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keepgate-keras-'));
    const work: [string, unknown][] = [];
    const expected: unknown[] = [];
    for (const [i, given] of fc.sample(writtenCase, { numRuns: 24, seed: 5 }).entries()) {
      const model = await makeModel(given);
      const path = join(folder, `${i}.keras`);
      writeFileSync(path, (await exportModel(model, 'keras'))['model.keras'] as Uint8Array);
      work.push([path, samples(given)]);
      expected.push(await model.predict(samples(given)));
      await model.dispose();
    }
    const input = JSON.stringify(work);
    const { stdout, stderr } = spawnSync(PYTHON as string, ['test/helpers/keras/keras_in_numpy.py'], {
      input,
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    for (const [i, outputs] of JSON.parse(stdout).entries()) expect(furthest(outputs, expected[i])).toBeLessThan(1e-6);
  },
);

test('a model that was written comes back: to the bit, but for two biases that are one', async () => {
  await fc.assert(
    fc.asyncProperty(writtenCase, async (any) => {
      // A layer that goes backwards comes in a model alone.
      const given = { ...any, backwards: false };
      const model = await makeModel(given);
      const files = await exportModel(model, 'keras');
      await expectSame(await importLayers(files['model.keras'] as Uint8Array), given, await model.getWeights());
      await model.dispose();
    }),
    { numRuns: 20 },
  );
});

test.each(['keras', 'tfjs'] as const)('a whole model comes back from %s with its predictions', async (format) => {
  await fc.assert(
    fc.asyncProperty(
      writtenCase.filter(({ cell }) => format === 'keras' || cell !== 'gru'),
      async (given) => {
        const model = await makeModel(given);
        const again = (await importModel(await exportModel(model, format), { engine: 'reference' })) as Model;
        const types = again.layers.map(({ config }) => config.type);
        expect(types.includes('reverse')).toBe(given.backwards === true && !given.bothWays);
        expect(furthest(await again.predict(samples(given)), await model.predict(samples(given)))).toBeLessThan(1e-6);
        await Promise.all([model.dispose(), again.dispose()]);
      },
    ),
    { numRuns: 20, examples: [[{ ...BACKWARDS, end: 'steps' }], [{ ...BACKWARDS, end: 'taken', layers: 3 }]] },
  );
});

const BACKWARDS: WrittenCase = {
  cell: 'lstm',
  tokens: false,
  inputSize: 2,
  units: 3,
  layers: 1,
  bothWays: false,
  end: 'last',
  activation: 'linear',
  backwards: true,
};

/** What a format says of a model: the classes and settings of its layers. */
async function configOf(layers: readonly Layer[], format: 'keras' | 'tfjs', input: 'sequence' | 'tokens' = 'sequence') {
  const model = sequential(layers, { engine: 'reference' });
  await model.build(input === 'tokens' ? { kind: 'tokens', vocabulary: 5 } : { kind: 'sequence', size: 2 }, key(1));
  const notes: string[] = [];
  try {
    const files = await exportModel(model, format, { onNote: (note) => notes.push(note) });
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const json =
      format === 'tfjs'
        ? JSON.parse(text(files['model.json'] as Uint8Array)).modelTopology
        : JSON.parse(text(await readZip(files['model.keras'] as Uint8Array).read('config.json')));
    const found: { class_name: string; config: Record<string, unknown> }[] = json.config.layers;
    // The engine has float64.
    const isRounded = notes.pop()?.startsWith('numbers are rounded to float32');
    expect(isRounded).toBe(true);
    return { layers: found.filter(({ class_name }) => class_name !== 'InputLayer'), notes };
  } finally {
    await model.dispose();
  }
}

describe('dropout is written where the other program draws the same', () => {
  const both: SchemeLike = variational({ input: 0.1, recurrent: 0.2 });
  const untied: SchemeLike = variational({ input: 0.1, recurrent: 0.2, tied: false });
  test.each([
    ['keras', lstm, variational({ input: 0.1 }), [0.1, 0]],
    ['keras', lstm, untied, [0.1, 0.2]],
    ['keras', gru, untied, [0.1, 0.2]],
    ['keras', lstm, both, null],
    ['keras', rnn, both, [0.1, 0.2]],
    ['tfjs', lstm, both, [0.1, 0.2]],
    ['tfjs', lstm, untied, null],
    ['tfjs', rnn, both, [0.1, 0.2]],
  ] as const)('%s, %o, %o', async (format, layer, scheme, rates) => {
    const { layers, notes } = await configOf([layer({ units: 3, dropout: scheme })], format);
    const { dropout, recurrent_dropout } = layers[0]?.config ?? {};
    expect([dropout, recurrent_dropout]).toEqual(rates ?? [0, 0]);
    expect(notes.some((note) => note.includes('drops'))).toBe(rates === null);
  });

  test('a GRU of TensorFlow.js drops what it carries, so that its rate is not written', async () => {
    const { layers, notes } = await configOf([gru({ units: 3, resetAfter: false, dropout: both })], 'tfjs');
    expect(layers[0]?.config.recurrent_dropout).toBe(0);
    expect(notes.join()).toContain('drops');
  });
});

test('a bias that is the sum of two is told, and one of a GRU that resets after the product is not', async () => {
  expect((await configOf([lstm({ units: 2 })], 'keras')).notes.join()).toContain('their sum');
  expect((await configOf([gru({ units: 2 })], 'keras')).notes).toEqual([]);
});

test('padding is a mask, and what becomes of it in later versions of Keras is told', async () => {
  const words = embedding({ vocabulary: 5, units: 2, padding: 0 });
  const one = await configOf([words, gru({ units: 2 })], 'keras', 'tokens');
  expect([one.layers[0]?.config.mask_zero, one.notes]).toEqual([true, []]);
  const two = await configOf([words, gru({ units: 2, layers: 2 })], 'keras', 'tokens');
  expect(two.notes.join()).toContain('3.16');
});

test('the softmax of the loss is a layer at the end', async () => {
  const model = sequential([gru({ units: 2 }), dense({ units: 3 })], { engine: 'reference' });
  await model.fit(
    [
      { x: [[1, 2]], y: 0 },
      { x: [[2, 1]], y: 2 },
    ],
    { loss: softmaxCrossEntropy(), epochs: 1, key: key(1) },
  );
  const told = async (format: ExportFormat): Promise<string> => {
    const notes: string[] = [];
    await exportModel(model, format, { onNote: (note) => notes.push(note) });
    return notes.join();
  };
  expect(await told('keras')).toContain('softmax is a layer of its own at the end');
  // Weights alone have no layer for it, and say nothing of one.
  expect(await told('weights.h5')).not.toContain('softmax');
  const files = await exportModel(model, 'keras');
  const config = new TextDecoder().decode(await readZip(files['model.keras'] as Uint8Array).read('config.json'));
  expect(JSON.parse(config).config.layers.at(-1)).toMatchObject({
    class_name: 'Activation',
    config: { activation: 'softmax' },
  });
  await model.dispose();
});

test('the same model gives the same bytes, and weights.h5 is what the archive holds', async () => {
  const layer = recurrent({
    cell: 'lstm',
    inputSize: 2,
    hiddenSize: 3,
    layers: 2,
    bidirectional: true,
    engine: 'reference',
  });
  const [one, two] = [await exportModel(layer, 'keras'), await exportModel(layer, 'keras')];
  expect(one).toEqual(two);
  const inside = await readZip(one['model.keras'] as Uint8Array).read('model.weights.h5');
  expect((await exportModel(layer, 'weights.h5'))['model.weights.h5']).toEqual(inside);
});

test('what the other program has not is refused by the layer and the reason', async () => {
  const refused = (
    layers: readonly Layer[],
    format: 'keras' | 'tfjs',
    reason: string,
    input?: 'tokens',
  ): Promise<void> => expectRefusal(() => configOf(layers, format, input), ModelError, reason);
  await refused([gru({ units: 2 })], 'tfjs', 'layer 0 (gru): a GRU that resets before the product');
  await refused([rnn({ units: 2, returnSequences: true }), reverse()], 'keras', 'layer 1 (reverse)');
  const all = { units: 2, returnSequences: true } as const;
  const last = pooling({ over: 'last' });
  await refused([bidirectional(rnn(all)), last], 'keras', 'layer 1 (pooling)');
  await refused([rnn(all), dense({ units: 2 }), last], 'tfjs', 'layer 2 (pooling)');
  await refused([reverse(), bidirectional(rnn(all))], 'keras', 'layer 0 (reverse)');
  await refused([reverse(), reverse(), rnn(all)], 'keras', 'layer 0 (reverse)');
  const padded = embedding({ vocabulary: 5, units: 2, padding: 0 });
  for (const back of [rnn(all), rnn({ units: 2, layers: 2 })])
    await refused([padded, reverse(), back], 'keras', 'steps that all count behind reverse()', 'tokens');
  const { layers } = await configOf([padded, reverse(), gru({ units: 2 })], 'keras', 'tokens');
  expect(layers.map(({ config }) => config.go_backwards)).toEqual([undefined, true]);
  await refused(
    [embedding({ vocabulary: 5, units: 2, padding: 3 }), gru({ units: 2 })],
    'keras',
    'padding of id 0',
    'tokens',
  );
  const masked = [embedding({ vocabulary: 5, units: 2, padding: 0 }), pooling({ over: 'mean' })];
  await refused(masked, 'keras', 'steps that all count', 'tokens');
  const layer = recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 1, engine: 'reference' });
  await expectRefusal(() => exportModel(layer, 'h5' as ExportFormat), OptionError, 'format');
  await expectRefusal(() => exportModel(layer, 'keras', { onNote: 1 as never }), OptionError, 'onNote');
});

test('lookup3 gives the values that its author tells', () => {
  expect(lookup3(new Uint8Array(0))).toBe(0xdeadbeef);
  expect(lookup3(new TextEncoder().encode('Four score and seven years ago'))).toBe(0x17770551);
});
