import {
  bidirectional,
  dense,
  type Examples,
  embedding,
  gru,
  key,
  type Layer,
  lstm,
  type Metric,
  meanSquaredError,
  pooling,
  type RecurrentLayer,
  rnn,
  type Scheme,
  sequential,
  softmaxCrossEntropy,
  Tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { cellOf } from '../../src/cells/cells.ts';
import { ENGINES } from '../helpers/engines.ts';
import { RATES, schemesFor } from '../helpers/schemes.ts';

/**
 * Data that is padded trains and predicts as the same data without its padding, to the bit: by the id of an embedding,
 * in front and behind, or by lengths.
 */
const VOCABULARY = 9;
const PADDING = 4;

/** Ragged, one sample without a token, and none with the id of padding. */
const TEXTS: readonly (readonly number[])[] = [[3, 1, 0, 1], [5, 2], [], [2, 6, 5, 3, 5], [8, 7, 3]];
const CLASSES = [0, 2, 1, 1, 0];
/** Steps of padding before each text and behind it. */
const AROUND = [
  [1, 2],
  [0, 3],
  [4, 0],
  [0, 0],
  [2, 1],
] as const;

/** A list with others around it: i is the number of the sample. */
function around<V>(list: readonly V[], i: number, filler: V): V[] {
  const [before, behind] = AROUND[i] as readonly [number, number];
  return [...Array<V>(before).fill(filler), ...list, ...Array<V>(behind).fill(filler)];
}

/** The same with fillers behind alone, to a length of 7. */
function behind<V>(list: readonly V[], filler: V): V[] {
  return [...list, ...Array<V>(7 - list.length).fill(filler)];
}

const within: Metric = { name: 'within', score: (prediction, target) => prediction.length + [target].flat().length };

/** All that comes of a model: weights and history of a training, scores, predictions, and those of MC dropout. */
async function outcome(
  layers: readonly Layer[],
  examples: Examples,
  { engine, overTime = false }: { engine: Parameters<typeof sequential>[1]; overTime?: boolean },
): Promise<unknown> {
  const model = sequential(layers, engine);
  const { x, lengths } = examples;
  const told = lengths === undefined ? {} : { lengths };
  const loss =
    typeof (examples.y as readonly unknown[])[0] === 'object' && !overTime ? meanSquaredError() : softmaxCrossEntropy();
  const history = await model.fit(examples, {
    key: key(3),
    epochs: 1,
    batchSize: 2,
    loss,
    metrics: [within],
  });
  const found = {
    history,
    weights: JSON.stringify(await model.getWeights()),
    scores: await model.evaluate(examples),
    predictions: await model.predict(x, told),
    uncertainty: overTime ? null : await model.predictMC(x, { passes: 3, key: key(4), ...told }),
  };
  await model.dispose();
  return found;
}

const ON_REFERENCE = { engine: { engine: 'reference' } } as const;

type Build = (scheme: Scheme) => RecurrentLayer;
const RECURRENT: readonly (readonly [string, ReturnType<typeof cellOf>, Build])[] = [
  ['lstm', cellOf('lstm'), (dropout) => lstm({ units: 3, layers: 2, dropout })],
  ['gru', cellOf('gru'), (dropout) => gru({ units: 3, dropout })],
  [
    'gru, reset before',
    cellOf('gru', { resetAfter: false }),
    (dropout) => gru({ units: 3, resetAfter: false, dropout }),
  ],
  ['rnn', cellOf('rnn'), (dropout) => rnn({ units: 3, dropout })],
];

describe.each(RECURRENT)('row 6: padding in front and behind, or lengths, change no bit: %s', (_, cell, build) => {
  test.each(schemesFor(cell))('$name', async ({ build: scheme }) => {
    const layer = build(scheme(RATES));
    for (const way of [layer, bidirectional(layer)]) {
      const layers = (padding?: { readonly padding: number }): Layer[] => [
        embedding({ vocabulary: VOCABULARY, units: 3, ...padding }),
        way,
        dense({ units: 3 }),
      ];
      const plain = await outcome(layers(), { x: TEXTS, y: CLASSES }, ON_REFERENCE);
      const padded = { x: TEXTS.map((ids, i) => around(ids, i, PADDING)), y: CLASSES };
      expect(await outcome(layers({ padding: PADDING }), padded, ON_REFERENCE)).toEqual(plain);
      // What is behind a sample's length is not looked at: here it is no id at all.
      const cut = { x: TEXTS.map((ids) => behind(ids, -7)), y: CLASSES, lengths: TEXTS.map((ids) => ids.length) };
      expect(await outcome(layers(), cut, ON_REFERENCE)).toEqual(plain);
    }
  });
});

const DROPPING = [
  { site: 'unknown', rate: 0.4 },
  { site: 'wordType', rate: 0.3 },
  { site: 'embeddingRow', rate: 0.2 },
  { site: 'token', rate: 0.25 },
] as const;

describe.each(ENGINES.filter(({ place }) => place === 'node'))(
  'row 6: padding changes no bit on $name',
  ({ create }) => {
    test('of tokens, dropped and not, with a class for each sample', async () => {
      const ops = await create();
      const layers = (padding?: { readonly padding: number }): Layer[] => [
        embedding({ vocabulary: VOCABULARY, units: 3, unknown: 1, dropout: DROPPING, ...padding }),
        bidirectional(
          lstm({ units: 3, returnSequences: true, dropout: [{ site: 'zoneHidden', rate: 0.3, scope: 'step' }] }),
        ),
        pooling({ over: 'max' }),
        dense({ units: 3 }),
      ];
      const on = { engine: { engine: ops } };
      const padded = { x: TEXTS.map((ids, i) => Int16Array.from(around(ids, i, PADDING))), y: CLASSES };
      expect(await outcome(layers({ padding: PADDING }), padded, on)).toEqual(
        await outcome(layers(), { x: TEXTS, y: CLASSES }, on),
      );
      await ops.dispose();
    });

    test('of rows of numbers in one array, with lengths', async () => {
      const ops = await create();
      const rows = TEXTS.map((ids) => ids.map((id, t) => [id / 8, Math.fround(0.1 * t)]));
      const y = CLASSES.map((one) => [one, one / 3]);
      const layers = [gru({ units: 3, dropout: [{ site: 'input', rate: 0.3, scope: 'step' }] }), dense({ units: 2 })];
      const on = { engine: { engine: ops } };
      const flat = Float32Array.from(rows.map((steps) => behind(steps, [Number.NaN, 7])).flat(2));
      const x = new Tensor(flat, [5, 7, 2]);
      const lengths = Uint8Array.from(rows, (steps) => steps.length);
      expect(await outcome(layers, { x, y, lengths }, on)).toEqual(
        await outcome(layers, { x: rows.map((steps) => steps.map((row) => row.map(Math.fround))), y }, on),
      );
      await ops.dispose();
    });
  },
);

test('row 6: targets of each step are padded as the inputs are, with anything', async () => {
  const layers = (padding?: { readonly padding: number }): Layer[] => [
    embedding({ vocabulary: VOCABULARY, units: 3, ...padding }),
    lstm({ units: 3, returnSequences: true, dropout: [{ site: 'output', rate: 0.3, scope: 'step' }] }),
    dense({ units: 3 }),
  ];
  const tags = TEXTS.map((ids) => ids.map((id) => id % 3));
  const options = { ...ON_REFERENCE, overTime: true };
  const plain = await outcome(layers(), { x: TEXTS, y: tags }, options);
  const padded = { x: TEXTS.map((ids, i) => around(ids, i, PADDING)), y: tags.map((row, i) => around(row, i, -100)) };
  expect(await outcome(layers({ padding: PADDING }), padded, options)).toEqual(plain);
  const lengths = TEXTS.map((ids) => ids.length);
  const y = new Tensor(Int32Array.from(tags.flatMap((row) => behind(row, -1))), [5, 7]);
  const x = new Tensor(Int32Array.from(TEXTS.flatMap((ids) => behind(ids, 0))), [5, 7]);
  expect(await outcome(layers(), { x, y, lengths }, options)).toEqual(plain);
});

test('row 6: the row of the padding id is never used, and keeps its bits', async () => {
  const model = sequential([
    embedding({ vocabulary: 6, units: 2, padding: 0 }),
    gru({ units: 2 }),
    dense({ units: 2 }),
  ]);
  await model.build({ kind: 'tokens', vocabulary: 6 }, key(1));
  const rowOf = async (): Promise<number[]> => [...((await model.getWeights())['0.weight']?.data ?? [])].slice(0, 2);
  const fresh = await rowOf();
  const examples = {
    x: [
      [0, 0, 5, 4, 2],
      [3, 1, 0],
      [2, 5],
    ],
    y: [0, 1, 1],
  };
  await model.fit(examples, { key: key(2), epochs: 3, loss: softmaxCrossEntropy() });
  expect(await rowOf()).toEqual(fresh);
  const found = await model.predict([
    [5, 4, 2],
    [5, 4, 2, 0, 0],
    [0, 0, 5, 4, 2],
  ]);
  const short = await model.predict([[3, 1]]);
  expect(found[1]).toEqual(found[0]);
  expect(found[2]).toEqual(found[0]);
  // What its row holds does not matter.
  const weights = await model.getWeights();
  const other = new Tensor(
    (weights['0.weight'] as Tensor).data.map((value, i) => (i < 2 ? 1e30 : value)),
    [6, 2],
  );
  await model.setWeights(
    { ...weights, '0.weight': other },
    { input: { kind: 'tokens', vocabulary: 6 }, loss: softmaxCrossEntropy() },
  );
  expect(
    await model.predict([
      [3, 1, 0],
      [0, 0, 5, 4, 2, 0],
    ]),
  ).toEqual([short[0], found[0]]);
  await model.dispose();
});
