import {
  dense,
  embedding,
  fold,
  key,
  OptionError,
  pooling,
  type Scheme,
  type SchemeLike,
  SiteError,
  sequential,
  softmaxCrossEntropy,
  splitScheme,
  Tensor,
  variational,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import type { Batch } from '../../../../src/layers/layer.ts';
import { tokens } from '../../../../src/layers/signature.ts';
import { uploadBatch } from '../../../../src/train/examples/batch.ts';
import { readSamples } from '../../../../src/train/examples/samples.ts';
import { drawing, runLayers } from '../../../../src/train/pass.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { range } from '../../../helpers/tensors.ts';
import { runLayer, weightsOf } from '../run-layer.ts';

const SIZES = { vocabulary: 9, units: 3 };
const UNKNOWN = 7;
// Words that come again, in one sample and in several, and lengths that differ.
const TEXTS = [
  [3, 4, 3, 5, 3, 4, 6, 3],
  [4, 3, 3, 6],
  [5, 5, 4, 3, 8],
];

/** What a token's vector was multiplied by, and from which row it came, at each token [sample][step]. */
async function dropped(dropout: SchemeLike, seed = 1) {
  const layer = embedding({ ...SIZES, unknown: UNKNOWN, dropout });
  const weights = weightsOf(layer, SIZES.vocabulary);
  const { y } = await runLayer(layer, TEXTS, { weights, key: key(seed) });
  const table = weights.weight?.toArray() as number[][];
  const rowOf = (vector: readonly number[], id: number): { id: number; factor: number } => {
    const from = table.findIndex((row) =>
      ratios(vector, row).every((ratio, _, all) => Math.abs(ratio - (all[0] as number)) < 1e-12),
    );
    const found = vector.every((value) => value === 0) ? id : from;
    return { id: found, factor: ratios(vector, table[found] as number[])[0] as number };
  };
  const steps = y.toArray() as number[][][];
  return {
    at: TEXTS.map((text, b) => text.map((id, t) => ({ was: id, ...rowOf(steps[t]?.[b] as number[], id) }))),
    padding: TEXTS.flatMap((text, b) => steps.slice(text.length).map((step) => step[b])),
    table,
  };
}

function ratios(vector: readonly number[], row: readonly number[]): number[] {
  return vector.map((value, k) => value / (row[k] as number));
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values.map((value) => Math.round(value * 1e9) / 1e9))].sort();
}

describe('wordType', () => {
  test('drops a word everywhere in a sample or nowhere, and each sample its own', async () => {
    const byWord = new Map<string, number[]>();
    const perSample: string[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const { at } = await dropped([{ site: 'wordType', rate: 0.4 }], seed);
      for (const [b, sample] of at.entries()) {
        for (const { was, factor } of sample) {
          const place = `${seed} ${b} ${was}`;
          byWord.set(place, [...(byWord.get(place) ?? []), factor]);
        }
        perSample.push(`${seed} ${at[b]?.find(({ was }) => was === 3)?.factor}`);
      }
    }
    for (const factors of byWord.values()) expect(distinct(factors)).toHaveLength(1);
    expect(distinct([...byWord.values()].flat())).toEqual([0, Math.round(1e9 / 0.6) / 1e9]);
    // Word 3 is in all samples: in some seed they must differ.
    expect(new Set(perSample).size).toBeGreaterThan(6);
  });
});

describe('embeddingRow', () => {
  test('drops a word in all samples or in none', async () => {
    for (const seed of [1, 2, 3, 4]) {
      const { at } = await dropped([{ site: 'embeddingRow', rate: 0.35 }], seed);
      for (const word of [3, 4, 5]) {
        const factors = at.flat().flatMap(({ was, factor }) => (was === word ? [factor] : []));
        expect(factors.length).toBeGreaterThan(1);
        expect(distinct(factors)).toHaveLength(1);
      }
    }
  });
});

describe('token', () => {
  test('drops places, whatever the word, and does not scale', async () => {
    const { at } = await dropped([{ site: 'token', rate: 0.4 }]);
    expect(distinct(at.flat().map(({ factor }) => factor))).toEqual([0, 1]);
    const threes = (at[0] ?? []).flatMap(({ was, factor }) => (was === 3 ? [factor] : []));
    expect(distinct(threes)).toEqual([0, 1]);
  });
});

describe('unknown', () => {
  test('puts the unknown token in the place of some, and never of padding', async () => {
    const { at, padding, table } = await dropped([{ site: 'unknown', rate: 0.4 }]);
    const ids = at.flat().map(({ was, id }) => (id === was ? 'kept' : id));
    expect(new Set(ids)).toEqual(new Set(['kept', UNKNOWN]));
    expect(at.flat().every(({ factor }) => factor === 1)).toBe(true);
    expect(padding.length).toBeGreaterThan(0);
    for (const vector of padding) expect(vector).toEqual(table[0]);
  });

  test('comes first: what follows sees unknown tokens as one word', async () => {
    const seen: number[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const alone = await dropped([{ site: 'unknown', rate: 0.6 }], seed);
      // Of the same key the same tokens become unknown: a row that is dropped as well is zero, and does not tell.
      const both = await dropped(
        [
          { site: 'embeddingRow', rate: 0.4 },
          { site: 'unknown', rate: 0.6 },
        ],
        seed,
      );
      const factors = alone.at.flatMap((sample, b) =>
        sample.flatMap(({ id }, t) => (id === UNKNOWN ? [both.at[b]?.[t]?.factor as number] : [])),
      );
      expect(factors.length).toBeGreaterThan(3);
      expect(distinct(factors)).toHaveLength(1);
      seen.push(...distinct(factors));
    }
    expect(new Set(seen).size).toBe(2);
  });
});

test('evaluation is the table itself, bit for bit', async () => {
  const dropout = [
    { site: 'wordType', rate: 0.2 },
    { site: 'embeddingRow', rate: 0.3 },
    { site: 'token', rate: 0.25 },
    { site: 'unknown', rate: 0.35 },
  ] as const;
  const layers = [pooling({ over: 'mean' }), dense({ units: 2 })];
  const dropping = sequential([embedding({ ...SIZES, dropout, unknown: UNKNOWN }), ...layers]);
  await dropping.fit({ x: TEXTS, y: [0, 1, 1] }, { key: key(2), epochs: 2, loss: softmaxCrossEntropy() });
  const plain = sequential([embedding(SIZES), ...layers]);
  const input = { kind: 'tokens', vocabulary: 9 } as const;
  await plain.setWeights(await dropping.getWeights(), { input, loss: softmaxCrossEntropy() });
  expect(await dropping.predict(TEXTS)).toEqual(await plain.predict(TEXTS));
});

describe('what it refuses', () => {
  const make = (options: object) => () => embedding({ ...SIZES, ...options });

  test('the site unknown without an id to put in', async () => {
    const dropout = [{ site: 'unknown', rate: 0.2 }];
    await expectRefusal(make({ dropout }), OptionError, 'an id from 0 to 8', 'undefined came');
    await expectRefusal(make({ dropout, unknown: 9 }), OptionError, 'an id from 0 to 8', '9 came');
    await expectRefusal(make({ unknown: 1.5 }), OptionError, 'an id from 0 to 8', '1.5 came');
  });

  test('sites of a cell', async () => {
    await expectRefusal(make({ dropout: variational({ input: 0.2 }) }), SiteError, 'wordType', "'input' came");
  });
});

test('passes of MC dropout that share a batch have the tokens, and the masks, that they have alone', async () => {
  const ops = createReferenceEngine();
  const dropout: Scheme = [
    { site: 'unknown', rate: 0.4 },
    { site: 'wordType', rate: 0.3 },
    { site: 'embeddingRow', rate: 0.2 },
    { site: 'token', rate: 0.25 },
  ];
  const layers = [embedding({ ...SIZES, dropout, unknown: UNKNOWN }), pooling({ over: 'mean' }), dense({ units: 2 })];
  const input = tokens(SIZES.vocabulary);
  const model = sequential(layers, { engine: ops });
  await model.build(input, key(3));
  const weights = Object.fromEntries(
    Object.entries(await model.getWeights()).map(([name, value]) => [name, ops.upload(value.toFlat(), value.shape)]),
  );
  const batch = uploadBatch(ops, input, readSamples('test', TEXTS, undefined, { layers, input }));
  const alone = await Promise.all(
    range(0, 5).map(async (pass) => {
      const y = runLayers(ops, layers, weights, { x: batch }, drawing(fold(key(9), pass))).outputs.y as Batch;
      return new Tensor(await ops.read(y.values), y.values.shape);
    }),
  );
  const together = await model.predictMC(TEXTS, { passes: 5, key: key(9) });
  for (const [sample, { mean }] of together.entries()) {
    for (const [unit, value] of mean.entries()) {
      const values = alone.map((y) => y.at(sample, unit));
      expect(value).toBeCloseTo(values.reduce((sum, one) => sum + one, 0) / 5, 13);
    }
  }
});

test('splitScheme parts a scheme by the layers that have its sites, in order', () => {
  const scheme = [
    [{ site: 'token', rate: 0.1 }],
    [
      { site: 'input', rate: 0.2 },
      { site: 'wordType', rate: 0.3 },
    ],
    [{ site: 'output', rate: 0.4 }],
  ] as const;
  const { embedding: words, cell } = splitScheme(scheme);
  expect(words.map(({ site, rate }) => [site, rate])).toEqual([
    ['token', 0.1],
    ['wordType', 0.3],
  ]);
  expect(cell.map(({ site, rate }) => [site, rate])).toEqual([
    ['input', 0.2],
    ['output', 0.4],
  ]);
  expect(splitScheme([])).toEqual({ cell: [], embedding: [] });
});
