import {
  bidirectional,
  dense,
  dropout,
  embedding,
  type Factor,
  gru,
  key,
  type Layer,
  lstm,
  pooling,
  type RecurrentLayer,
  rnn,
  type Scheme,
  sequential,
  sharedAcrossBatch,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { cellOf } from '../../src/cells/cells.ts';
import type { Ops } from '../../src/engines/ops.ts';
import { createEngine } from '../../src/engines/select.ts';
import type { Batch } from '../../src/layers/layer.ts';
import { type Signature, tokens } from '../../src/layers/signature.ts';
import { fold, type Key } from '../../src/random/key.ts';
import { uploadBatch } from '../../src/train/examples/batch.ts';
import { readSamples } from '../../src/train/examples/samples.ts';
import { architectureOf } from '../../src/train/model/network.ts';
import { drawing, runLayers } from '../../src/train/pass.ts';
import { readPredictions } from '../../src/train/prediction/read-predictions.ts';
import { readLearnedRates } from '../../src/train/model/read-learned-dropout-rates.ts';
import { RATES, schemesFor } from '../helpers/schemes.ts';
import { watchedOps } from '../helpers/watched-ops.ts';

const VOCABULARY = 9;
const input = tokens(VOCABULARY);
const loss = softmaxCrossEntropy();

/** Ragged, and one sample without a token. */
const TEXTS: readonly (readonly number[])[] = [[3, 1, 4, 1], [5, 2], [], [2, 6, 5, 3, 5], [8, 7, 3]];

interface Passes {
  readonly passes: number;
  readonly key: Key;
  readonly first: number;
}

/** What `predictMC` promises, in the plainest way: each sample alone, pass after pass. */
async function oneByOne(
  ops: Ops,
  model: ReturnType<typeof sequential>,
  x: readonly (readonly number[])[],
  { passes, key: seed, first }: Passes,
): Promise<number[][][]> {
  const { layers, outputs, specs } = architectureOf(model.layers, { x: input }, null);
  const output = outputs.y as Signature;
  const weights = Object.fromEntries(
    Object.entries(await model.getWeights()).map(([name, value]) => [name, ops.upload(value.toFlat(), value.shape)]),
  );
  const progress = { updates: 0, learned: await readLearnedRates(ops, weights, specs) };
  const rows = x.map(async (sample, i) => {
    const batch = uploadBatch(ops, input, readSamples('test', [sample], undefined, { layers, input }));
    const runs = Array.from({ length: passes }, async (_, pass) => {
      const plans = drawing(fold(seed, pass), first + i);
      const y = runLayers(ops, layers, weights, { x: batch }, plans, { progress }).outputs.y as Batch;
      return ((await readPredictions(ops, output, y, loss.link)) as number[][])[0] as number[];
    });
    return Promise.all(runs);
  });
  return Promise.all(rows);
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const column = (rows: readonly (readonly number[])[], k: number): number[] => rows.map((row) => row[k] as number);

async function expectSamePasses(
  layers: readonly Layer[],
  x: readonly (readonly number[])[] = TEXTS,
  { engine = 'reference', ...options }: Partial<Passes> & { readonly engine?: 'reference' | 'simd' } = {},
): Promise<void> {
  const ops = await createEngine(engine, engine === 'simd' ? { threads: 1 } : {});
  try {
    const model = sequential(layers, { engine: ops });
    await model.build(input, key(7));
    await model.setWeights(await model.getWeights(), { input, loss });
    const asked = { passes: 5, key: key(11), first: 2, ...options };
    const found = await model.predictMC(x, asked);
    const wanted = await oneByOne(ops, model, x, asked);
    // Bit for bit: neither the passes nor the samples beside it change what a row gets.
    expect(found.map(({ mean }) => mean)).toEqual(wanted.map((rows) => [0, 1, 2].map((k) => average(column(rows, k)))));
    expect(found.map(({ variance }) => variance)).toEqual(
      wanted.map((rows) =>
        [0, 1, 2].map((k) => average(column(rows, k).map((p) => (p - average(column(rows, k))) ** 2))),
      ),
    );
    // The passes differ, or else nothing is seen.
    expect(found.some(({ variance }) => variance.some((value) => value > 1e-9))).toBe(true);
  } finally {
    await ops.dispose();
  }
}

type Build = (scheme: Scheme) => RecurrentLayer;
const stacked = { units: 3, layers: 2 };
const RECURRENT: readonly (readonly [string, ReturnType<typeof cellOf>, Build])[] = [
  ['lstm', cellOf('lstm'), (scheme) => lstm({ ...stacked, dropout: scheme })],
  ['gru', cellOf('gru'), (scheme) => gru({ ...stacked, dropout: scheme })],
  [
    'gru, reset before',
    cellOf('gru', { resetAfter: false }),
    (scheme) => gru({ ...stacked, resetAfter: false, dropout: scheme }),
  ],
  ['rnn', cellOf('rnn'), (scheme) => rnn({ ...stacked, dropout: scheme })],
];

describe.each(RECURRENT)('many passes in one batch give what each sample gives alone: %s', (_, cell, build) => {
  test.each(schemesFor(cell))('$name', async ({ build: scheme }) => {
    const layer = build(scheme(RATES));
    for (const way of [layer, bidirectional(layer)]) {
      await expectSamePasses([embedding({ vocabulary: VOCABULARY, units: 4 }), way, dense({ units: 3 })]);
    }
  });
});

describe('many passes in one batch give what each sample gives alone', () => {
  const table = embedding({ vocabulary: VOCABULARY, units: 4 });
  const masked = lstm({ units: 3, dropout: variational({ input: 0.2, recurrent: 0.35 }) });

  test.each([
    ['word types', { site: 'wordType', rate: RATES.wordType }],
    ['word types, shared by the batch', { site: 'wordType', rate: RATES.wordType, shared: ['batch'] }],
    ['rows of the embedding', { site: 'embeddingRow', rate: 0.3 }],
    ['tokens', { site: 'token', rate: RATES.token }],
    ['tokens that become unknown', { site: 'unknown', rate: RATES.unknown }],
  ] as const)('embedding: %s', async (_, rule) => {
    const unknown = [{ site: 'unknown', rate: 0.4 }, ...(rule.site === 'unknown' ? [] : [rule])] as const;
    const dropping = embedding({ vocabulary: VOCABULARY, units: 4, dropout: unknown, unknown: 1 });
    await expectSamePasses([dropping, lstm({ units: 3 }), dense({ units: 3 })]);
  });

  test.each<readonly [string, readonly Layer[]]>([
    ['behind a layer that does not drop', [table, gru({ units: 4, returnSequences: true }), masked]],
    ['on vectors', [table, lstm({ units: 4 }), dropout({ rate: 0.3 })]],
    ['on sequences, per step', [table, dropout({ rate: 0.3, scope: 'step' }), pooling({ over: 'max' })]],
    ['between layers', [table, masked, dropout({ rate: 0.3 }), dense({ units: 4, activation: 'relu' })]],
  ])('dropout %s', async (_, layers) => {
    await expectSamePasses([...layers, dense({ units: 3 })]);
  });

  test.each([1, 2, 5, 64, 65, 70])('%s samples, more passes than a batch has room for', async (samples) => {
    const x = Array.from({ length: samples }, (_, i) => TEXTS[i % TEXTS.length] as readonly number[]);
    // A batch takes 6400 rows times steps: 64 samples of 5 steps 20 times.
    await expectSamePasses([table, masked, dense({ units: 3 })], x, { passes: 27, first: 0 });
  });

  test.each([
    ['31 samples', 31, 4],
    ['40 samples, which the masks of a pass are one row for', 40, 0],
  ])('where samples share their masks: %s', async (_, samples, apart) => {
    const layers = [
      table,
      lstm({ units: 4, dropout: sharedAcrossBatch(variational({ input: 0.5, recurrent: 0.5 })) }),
      dense({ units: 3 }),
    ];
    const x = Array.from({ length: samples }, (_, i) => TEXTS[i % TEXTS.length] as readonly number[]);
    await expectSamePasses(layers, x);
    const engine = await createEngine('reference');
    const rows = new Set<number>();
    const watched = watchedOps(engine, (operation, [factors]) => {
      if (operation === 'uploadFactors')
        for (const { strides } of Object.values(factors as Record<string, Factor>)) rows.add(strides.row);
    });
    const model = sequential(layers, { engine: watched });
    await model.build(input, key(7));
    await model.setWeights(await model.getWeights(), { input, loss });
    await model.predictMC(x, { passes: 5, key: key(1) });
    expect([...rows]).toEqual([apart]);
    await engine.dispose();
  });

  test('on float32', async () => {
    await expectSamePasses([table, bidirectional(masked), dense({ units: 3 })], TEXTS, { engine: 'simd', passes: 13 });
  });
});
