import {
  binaryCrossEntropy,
  dense,
  embedding,
  key,
  lstm,
  meanSquaredError,
  pooling,
  sequential,
  softmaxCrossEntropy,
  tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { sequence, tokens, vector } from '../../../../src/layers/signature.ts';
import { readSamples, signatureOf } from '../../../../src/train/examples/samples.ts';
import { packTargets, readTargets, targetsOf } from '../../../../src/train/examples/targets.ts';

/** What goes in comes out: weights are the identity. */
async function identity(input: 'vector' | 'sequence') {
  const model = sequential([dense({ units: 2 })], { engine: 'reference' });
  const weights = {
    '0.weight': [
      [1, 0],
      [0, 1],
    ],
    '0.bias': [0, 0],
  };
  await model.setWeights(weights, { input: { kind: input, size: 2 }, loss: meanSquaredError() });
  return model;
}

describe('targets meet the outputs that they are for', () => {
  test('of vectors', async () => {
    const model = await identity('vector');
    const x = [
      [1, 2],
      [3, 5],
      [-4, 0.5],
    ];
    expect((await model.evaluate({ x, y: x })).loss).toBe(0);
    const y = [
      [1, 2.5],
      [3, 5],
      [-2, 0.5],
    ];
    expect((await model.evaluate({ x, y })).loss).toBeCloseTo((0.25 + 4) / 6, 12);
    await model.dispose();
  });

  test('of sequences of different lengths, with and without padding', async () => {
    const model = await identity('sequence');
    const x = [
      [
        [1, 2],
        [3, 5],
        [7, -1],
      ],
      [[4, -2]],
      [
        [0.5, 9],
        [6, 8],
      ],
    ];
    expect((await model.evaluate({ x, y: x })).loss).toBe(0);
    const y = x.map((steps) => steps.map(([a = 0, b = 0]) => [a, b + 1]));
    expect((await model.evaluate({ x, y })).loss).toBeCloseTo(0.5, 12);
    const padded = x.map((steps) => [...steps, [9, 9], [9, 9]].slice(0, 3));
    const lengths = [3, 1, 2];
    const anything = padded.map((steps, b) => steps.map((step, t) => (t < (lengths[b] as number) ? step : [77, -77])));
    expect((await model.evaluate({ x: padded, y: anything, lengths })).loss).toBe(0);
    expect((await model.evaluate({ x: padded, y: tensor(anything), lengths })).loss).toBe(0);
    await model.dispose();
  });

  test('in the order of the rows: [B], [B,N], [T,B] and [T,B,N]', () => {
    const [classes, values] = [softmaxCrossEntropy(), binaryCrossEntropy()];
    expect([...packTargets(classes, vector(4), [[3], [0], [2]], 1)]).toEqual([3, 0, 2]);
    expect([
      ...packTargets(
        values,
        vector(3),
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        1,
      ),
    ]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...packTargets(classes, sequence(4), [[3, 1, 2], [0]], 3)]).toEqual([3, 0, 1, -1, 2, -1]);
    // biome-ignore format: one line a timestep
    expect([...packTargets(values, sequence(2), [[1, 2, 3, 4], [5, 6]], 3)]).toEqual([
      1, 2, 5, 6,
      3, 4, 0, 0,
      0, 0, 0, 0,
    ]);
    expect(packTargets(classes, vector(4), [[3]], 1)).toBeInstanceOf(Int32Array);
    expect(packTargets(values, vector(1), [[3]], 1)).toBeInstanceOf(Float64Array);
  });
});

describe('the padding of ids is cut off, in front and behind', () => {
  const layer = embedding({ vocabulary: 9, units: 2, padding: 0 });
  const model = { layers: [layer], input: tokens(9) };
  const samples = [[0, 0, 5, 3], [5, 3, 0, 0], [0, 5, 3, 0], [5, 3], [0, 0], [], [0], [0, 7]];

  test('to what is left, or nothing', () => {
    const read = readSamples('test', samples, undefined, model);
    expect(read.map(({ values }) => [...(values as number[])])).toEqual([
      [5, 3],
      [5, 3],
      [5, 3],
      [5, 3],
      [],
      [],
      [],
      [7],
    ]);
    expect(read.map(({ steps }) => steps)).toEqual([2, 2, 2, 2, 0, 0, 0, 1]);
    expect(read.map(({ given }) => given)).toEqual([4, 4, 4, 2, 2, 0, 1, 2]);
    // Of padding alone no step is left, wherever it is said to begin.
    expect(read.map(({ from, steps }) => (steps > 0 ? from : null))).toEqual([2, 0, 1, 0, null, null, null, 1]);
    const typed = readSamples(
      'test',
      samples.map((ids) => Int32Array.from(ids)),
      undefined,
      model,
    );
    expect(typed.map(({ values }) => [...(values as Int32Array)])).toEqual(read.map(({ values }) => values));
  });

  test('with lengths too, behind which anything may be', () => {
    const read = readSamples(
      'test',
      [
        [0, 5, 0, 7],
        [0, 0, 3, 3],
        [4, 4, 4, 4],
      ],
      [3, 2, 0],
      model,
    );
    expect(read.map(({ values }) => [...(values as number[])])).toEqual([[5], [], []]);
    expect(read.map(({ steps }) => steps)).toEqual([1, 0, 0]);
  });

  test('so that predictions are those without it', async () => {
    const made = sequential([layer, lstm({ units: 2, returnSequences: true }), pooling({ over: 'mean' })], {
      engine: 'reference',
    });
    await made.build({ kind: 'tokens', vocabulary: 9 }, key(1));
    const bare = samples.map((ids) => ids.filter((id) => id !== 0));
    expect(await made.predict(samples)).toEqual(await made.predict(bare));
    await made.dispose();
  });

  test('and targets at its steps with it', () => {
    const read = readSamples('test', samples.slice(0, 3), undefined, model);
    const y = targetsOf([
      [8, 8, 1, 2],
      [1, 2, 8, 8],
      [8, 1, 2, 8],
    ]);
    expect(readTargets(softmaxCrossEntropy(), sequence(3), y, { samples: read })).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });
});

test.each([
  ['ids', [[1, 2]], tokens(9)],
  ['no ids at first', [[], [1]], tokens(9)],
  ['typed ids', [Int32Array.of(1, 2)], tokens(9)],
  ['a tensor of ids', tensor([[1, 2]]), tokens(9)],
])('what samples are is seen by the first layer, where they do not tell: %s', (_, x, expected) => {
  expect(signatureOf(embedding({ vocabulary: 9, units: 2 }), x)).toEqual(expected);
});

test.each([
  ['a vector', [[1, 2, 3]], vector(3)],
  ['a typed vector', [Float32Array.of(1, 2)], vector(2)],
  ['a tensor of vectors', tensor([[1, 2, 3]]), vector(3)],
  ['a tensor as a vector', [tensor([1, 2])], vector(2)],
  ['sequences, of which the first is empty', [[], [[1, 2]]], sequence(2)],
  ['typed steps', [[Float32Array.of(1, 2, 3)]], sequence(3)],
  [
    'a tensor of sequences',
    tensor([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]),
    sequence(2),
  ],
  [
    'a tensor as a sequence',
    [
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    ],
    sequence(2),
  ],
])('samples of numbers tell what they are: %s', (_, x, expected) => {
  expect(signatureOf(dense({ units: 1 }), x)).toEqual(expected);
});
