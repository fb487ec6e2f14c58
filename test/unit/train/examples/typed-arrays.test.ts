import { runInNewContext } from 'node:vm';
import {
  DataError,
  dense,
  type Examples,
  embedding,
  gru,
  KeepgateError,
  key,
  type Layer,
  type Loss,
  lstm,
  meanSquaredError,
  OptionError,
  recurrent,
  type Samples,
  ShapeError,
  sequential,
  softmaxCrossEntropy,
  Tensor,
  type TensorLike,
  tensor,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

/** A value as another realm has it. */
function foreign<V>(code: string): V {
  return runInNewContext(code) as V;
}

/** What is the same data in another form, and the layers and the loss that it is trained with. */
interface Forms {
  readonly name: string;
  readonly layers: () => readonly Layer[];
  readonly loss: Loss;
  readonly plain: Examples;
  readonly others: readonly Examples[];
}

const ROWS = [
  [
    [0.5, -1.25],
    [2, 0.75],
    [-0.5, 3],
  ],
  [
    [1.5, 0.25],
    [-2, 1],
    [0.125, -4],
  ],
];
const NUMBERS = ROWS.flat(2);
const IDS = [
  [3, 1, 4, 1],
  [5, 2, 6, 5],
];
const VECTORS = [
  [0.5, -1.5, 0.25],
  [1.25, 0.75, -0.5],
];

const FORMS: readonly Forms[] = [
  {
    name: 'sequences, with values',
    layers: () => [lstm({ units: 3 }), dense({ units: 2 })],
    loss: meanSquaredError(),
    plain: {
      x: ROWS,
      y: [
        [0.25, 1],
        [-2, 0.5],
      ],
    },
    others: [
      {
        x: ROWS.map((steps) => steps.map((row) => Float32Array.from(row))),
        y: [Float32Array.of(0.25, 1), Float64Array.of(-2, 0.5)],
      },
      {
        x: ROWS.map((steps) => tensor(Float32Array.from(steps.flat()), [3, 2])),
        y: tensor(Float32Array.of(0.25, 1, -2, 0.5), [2, 2]),
      },
      { x: ROWS.map((steps) => steps.map((row) => tensor(row))), y: [tensor([0.25, 1]), [-2, 0.5]] },
      {
        x: tensor(Float32Array.from(NUMBERS), [2, 3, 2]),
        y: [
          [0.25, 1],
          [-2, 0.5],
        ],
      },
      {
        x: tensor(tensor(ROWS).swapFirstAxes().toArray()).swapFirstAxes(),
        y: tensor([
          [0.25, -2],
          [1, 0.5],
        ]).swapFirstAxes(),
      },
      {
        x: foreign(
          `[[new Float32Array([0.5, -1.25]), [2, 0.75], new Float64Array([-0.5, 3])], ${JSON.stringify(ROWS[1])}]`,
        ),
        y: foreign('[new Float32Array([0.25, 1]), [-2, 0.5]]'),
      },
    ],
  },
  {
    name: 'token ids, with classes',
    layers: () => [embedding({ vocabulary: 7, units: 3 }), gru({ units: 3 }), dense({ units: 3 })],
    loss: softmaxCrossEntropy(),
    plain: { x: IDS, y: [2, 1] },
    others: [
      { x: IDS.map((ids) => Uint8Array.from(ids)), y: Int32Array.of(2, 1) },
      { x: IDS.map((ids) => BigInt64Array.from(ids.map(BigInt))), y: BigUint64Array.of(2n, 1n) },
      { x: tensor(Int32Array.from(IDS.flat()), [2, 4]), y: tensor(Uint16Array.of(2, 1)) },
      { x: tensor(Float32Array.from(IDS.flat()), [2, 4]), y: [Uint8Array.of(2), tensor([1])] },
      { x: [tensor(IDS[0] as number[]), Uint32Array.from(IDS[1] as number[])], y: tensor([[2], [1]]) },
      {
        x: foreign('[new Int32Array([3, 1, 4, 1]), new BigInt64Array([5n, 2n, 6n, 5n])]'),
        y: foreign('new Uint8ClampedArray([2, 1])'),
      },
    ],
  },
  {
    name: 'token ids, with a class at each step',
    layers: () => [
      embedding({ vocabulary: 7, units: 3 }),
      gru({ units: 3, returnSequences: true }),
      dense({ units: 3 }),
    ],
    loss: softmaxCrossEntropy(),
    plain: {
      x: IDS,
      y: [
        [2, 0, 1, 0],
        [1, 1, 2, 0],
      ],
    },
    others: [
      { x: IDS, y: [Uint8Array.of(2, 0, 1, 0), [[1], Int8Array.of(1), 2, tensor([0])]] },
      { x: IDS, y: tensor(Int8Array.of(2, 0, 1, 0, 1, 1, 2, 0), [2, 4]) },
      { x: IDS, y: tensor(Int8Array.of(2, 0, 1, 0, 1, 1, 2, 0), [2, 4, 1]) },
    ],
  },
  {
    name: 'sequences, with values at each step',
    layers: () => [lstm({ units: 3, returnSequences: true }), dense({ units: 2 })],
    loss: meanSquaredError(),
    plain: { x: ROWS, y: ROWS },
    others: [
      { x: ROWS, y: tensor(Float32Array.from(NUMBERS), [2, 3, 2]) },
      { x: ROWS, y: ROWS.map((steps) => steps.map((row) => Float32Array.from(row))) },
      { x: ROWS, y: [tensor(ROWS[0] as number[][]), ROWS[1] as number[][]] },
    ],
  },
  {
    name: 'vectors, with one value',
    layers: () => [dense({ units: 3, activation: 'tanh' }), dense({ units: 1 })],
    loss: meanSquaredError(),
    plain: { x: VECTORS, y: [0.5, -2] },
    others: [
      { x: VECTORS.map((row) => Float64Array.from(row)), y: Float32Array.of(0.5, -2) },
      { x: tensor(Float32Array.from(VECTORS.flat()), [2, 3]), y: tensor(Float32Array.of(0.5, -2), [2, 1]) },
      { x: VECTORS.map((row) => tensor(row)), y: [[0.5], Float32Array.of(-2)] },
    ],
  },
];

describe.each(FORMS)('O1, S3: $name', ({ layers, loss, plain, others }) => {
  const outcome = async ({ x, y }: Examples): Promise<unknown> => {
    const model = sequential(layers(), { engine: 'reference' });
    const { epochs } = await model.fit({ x, y }, { key: key(1), epochs: 2, batchSize: 1, loss, validation: { x, y } });
    const weights = JSON.stringify(await model.getWeights());
    const found = { epochs, weights, scores: await model.evaluate({ x, y }), predictions: await model.predict(x) };
    const isOne = model.output?.over === 'batch';
    const uncertainty = isOne ? await model.predictMC(x, { passes: 2 }) : null;
    await model.dispose();
    return { ...found, uncertainty };
  };

  test.each(others.map((form, i) => ({ i, form })))('form $i gives the bits of nested lists', async ({ form }) => {
    expect(await outcome(form)).toEqual(await outcome(plain));
  });
});

test('nothing is copied on the way into a batch: rows are views of the one array', () => {
  const flat = new Float32Array(24);
  expect(tensor(flat, [2, 3, 4]).data).toBe(flat);
  expect(tensor(Int32Array.of(1, 2)).data).toBeInstanceOf(Int32Array);
});

test('a layer of your own takes typed arrays as x, lengths, state and weights', async () => {
  const layer = recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 2, key: key(1) });
  const plain = await layer.forward(ROWS, {
    lengths: [2, 3],
    state: {
      h: [
        [0.5, 1],
        [0, 2],
      ],
    },
  });
  const rows = ROWS.map((steps) => steps.map((row) => Float32Array.from(row)));
  const state = { h: [Float32Array.of(0.5, 1), Int8Array.of(0, 2)] };
  for (const lengths of [
    Uint8Array.of(2, 3),
    BigInt64Array.of(2n, 3n),
    foreign<Int32Array>('new Int32Array([2, 3])'),
  ]) {
    const typed = await layer.forward(rows, { lengths, state });
    expect(typed.y).toEqual(plain.y);
    typed.dispose();
  }
  plain.dispose();
  await layer.dispose();
});

describe('what is refused, before anything is changed', () => {
  const tokens = (): readonly Layer[] => [
    embedding({ vocabulary: 7, units: 2, padding: 0 }),
    gru({ units: 2 }),
    dense({ units: 2 }),
  ];
  const numbers = (): readonly Layer[] => [gru({ units: 2 }), dense({ units: 2 })];
  const good = { x: [[1, 2], [3]], y: [0, 1] };
  const basic = { key: key(1), epochs: 1, batchSize: 1, loss: softmaxCrossEntropy() };

  test.each<[string, () => readonly Layer[], unknown, new (m: string) => KeepgateError, string]>([
    [
      'O3b: an undefined token',
      tokens,
      { x: [[1], [1, undefined]], y: [0, 1] },
      DataError,
      'sample 1 has undefined at step 1; encode tokens with a vocabulary',
    ],
    ['O3b: a hole', tokens, { x: [[1], new Array(2)], y: [0, 1] }, DataError, 'sample 1 has undefined at step 0'],
    [
      'a NaN as token',
      tokens,
      { x: [Float32Array.of(1, Number.NaN)], y: [0] },
      DataError,
      'sample 0 has NaN at step 1; encode tokens',
    ],
    [
      'a negative token',
      tokens,
      { x: [[-1]], y: [0] },
      DataError,
      'has -1 at step 0; encode tokens with a vocabulary, and tell padding by lengths',
    ],
    [
      'S10: a token that is too large',
      tokens,
      { x: [[7]], y: [0] },
      DataError,
      "has 7 at step 0; enlarge the embedding's vocabulary",
    ],
    [
      'padding in the middle',
      tokens,
      { x: [[1], [0, 2, 0, 3, 0]], y: [0, 1] },
      DataError,
      "the padding id 0 was expected only in front of a sample's ids and behind them, but sample 1 has it at step 2",
    ],
    [
      'a flat array',
      tokens,
      { x: Int32Array.of(1, 2), y: [0] },
      DataError,
      'a list of samples was expected, but Int32Array [1, 2] came; pass tensor(data, shape)',
    ],
    [
      'data and a shape',
      tokens,
      { x: { data: Int32Array.of(1, 2), shape: [1, 2] }, y: [0] },
      DataError,
      'pass tensor(data, shape)',
    ],
    [
      'a text',
      tokens,
      { x: 'abc', y: [0] },
      DataError,
      'a list of samples was expected, but "abc" came; pass [sample]',
    ],
    ['nothing', tokens, { x: null, y: [0] }, DataError, 'a list of samples was expected, but null came'],
    ['a sample that is a number', tokens, { x: [3], y: [0] }, DataError, 'a list was expected as sample 0, but 3 came'],
    [
      'a tensor of too few axes',
      tokens,
      { x: tensor([1, 2]), y: [0, 1] },
      ShapeError,
      'was expected as x, but [2] came; reshape it',
    ],
    [
      'a tensor of too many',
      numbers,
      { x: tensor([[[[1]]]]), y: [0] },
      ShapeError,
      'was expected as x, but [1, 1, 1, 1] came; reshape it',
    ],
    ['y that is no list', tokens, { x: [[1]], y: 1 }, DataError, 'a list of targets was expected as y, but 1 came'],
    [
      'a one-hot target',
      tokens,
      { x: [[1]], y: [[0, 1]] },
      ShapeError,
      '1 target values were expected for sample 0, but 2 came; pass the number of the class',
    ],
    [
      'a typed class that there is not',
      tokens,
      { x: [[1], [1]], y: Int32Array.of(0, 2) },
      DataError,
      'a class from 0 to 1 was expected as the target of sample 1, but 2 came',
    ],
    [
      'a class that is undefined',
      tokens,
      { x: [[1], [1]], y: [0].concat(undefined as never) },
      DataError,
      'the target of sample 1, but undefined came',
    ],
    [
      'more targets than samples',
      tokens,
      { x: [[1]], y: Uint8Array.of(0, 1) },
      DataError,
      '1 inputs and 2 targets came',
    ],
    [
      'NaN in one array',
      numbers,
      { x: new Tensor(Float32Array.of(0, 1, 2, Number.NaN), [2, 1, 2]), y: [0, 1] },
      DataError,
      'a finite number was expected at sample 1, step 0, but NaN came',
    ],
    [
      'NaN in a typed row',
      numbers,
      { x: [[[0, 1]], [[1, 2], Float32Array.of(1, Number.NaN)]], y: [0, 1] },
      DataError,
      'at sample 1, step 1, but NaN came',
    ],
    [
      'other widths',
      numbers,
      { x: [[[0, 1]], tensor([[1]])], y: [0, 1] },
      ShapeError,
      '2 numbers a step were expected at sample 1, but 1 came',
    ],
    [
      'numbers without steps',
      numbers,
      { x: [[[0, 1]], Float32Array.of(1, 2)], y: [0, 1] },
      DataError,
      'as sample 1, but Float32Array [1, 2] came; a sequence is a list of steps, or a tensor [T,I]',
    ],
    [
      'an integer that no float64 is',
      tokens,
      { x: [BigInt64Array.of(2n ** 60n + 1n)], y: [0] },
      DataError,
      'integers that a float64 holds were expected',
    ],
    [
      'lengths of too few',
      tokens,
      { ...good, lengths: [1] },
      ShapeError,
      '2 lengths were expected, one for each sample, but 1 came',
    ],
    [
      'a length that is too large',
      tokens,
      { ...good, lengths: [1, 2] },
      ShapeError,
      'at most T = 1 was expected, but sample 1 has 2',
    ],
    [
      'a length of NaN',
      tokens,
      { ...good, lengths: [Number.NaN, 1] },
      DataError,
      'from 0 to 2 was expected, but sample 0 has NaN',
    ],
    [
      'lengths that are none',
      tokens,
      { ...good, lengths: 5 },
      DataError,
      'a list of lengths was expected, one for each sample, but 5 came',
    ],
    [
      '26: weights',
      tokens,
      { ...good, weights: [1, 1] },
      OptionError,
      '"weights" is not an option of it; its options are x, y, lengths',
    ],
    ['a misspelt option', tokens, { ...good, length: [1, 1] }, OptionError, 'did you mean lengths?'],
  ])('%s', async (_, layers, examples, type, message) => {
    const model = sequential(layers(), { engine: 'reference' });
    await expectRefusal(() => model.fit(examples as Examples, basic), type, message);
    await expectRefusal(
      () =>
        model.fit(
          { x: layers === tokens ? [[1]] : [[[1, 2]]], y: [0] },
          { ...basic, validation: examples as Examples },
        ),
      type,
      message,
    );
    expect(await model.getWeights()).toEqual({});
    expect(model.updates).toBe(0);
  });

  test('by predictions as well', async () => {
    const model = sequential(tokens(), { engine: 'reference' });
    await model.fit(good, basic);
    const bad: unknown[] = [[[1, undefined]], 'abc', [[7]], [3], null, [[1, 0, 2]], { length: 2 }];
    for (const x of bad) {
      await expectRefusal(() => model.predict(x as Samples), DataError);
      await expectRefusal(() => model.predictMC(x as Samples, { passes: 2 }), DataError);
    }
    await expectRefusal(() => model.predict([[1]], { lengths: [2] }), ShapeError, 'predict: a length of at most T = 1');
    await expectRefusal(() => model.predict([[1]], { length: [1] } as never), OptionError, 'did you mean lengths?');
    await expectRefusal(() => model.predictMC([[1]], { passes: 2, lengths: [-1] }), DataError, 'predictMC: a length');
    await model.dispose();
  });

  test('lengths of vectors, and padding of a layer that is not the first', async () => {
    const model = sequential([dense({ units: 2 })]);
    const x = [[1, 2]];
    await expectRefusal(() => model.fit({ x, y: [0], lengths: [1] }, basic), DataError, 'no lengths were expected');
    const behind = sequential([
      embedding({ vocabulary: 3, units: 2 }),
      embedding({ vocabulary: 3, units: 2, padding: 1 }),
    ]);
    await expectRefusal(
      () => behind.build({ kind: 'tokens', vocabulary: 3 }, key(1)),
      KeepgateError,
      'of the first layer alone',
    );
  });

  test.each([7, -1, 1.5, Number.NaN, null, '0', 2])('embedding: padding %j', async (padding) => {
    const options = { vocabulary: 7, units: 2, unknown: 2, padding: padding as number };
    await expectRefusal(() => embedding(options), OptionError, 'embedding: ', 'was expected as padding');
  });
});

describe('tensor()', () => {
  test.each<[string, TensorLike, TensorLike]>([
    [
      'typed rows',
      [Float32Array.of(1, 2), Uint8Array.of(3, 4)],
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      'tensors as rows',
      [tensor([[1, 2]]), [[3, 4]], tensor([[5], [6]]).swapFirstAxes()],
      [[[1, 2]], [[3, 4]], [[5, 6]]],
    ],
    ['64-bit integers', BigInt64Array.of(-(2n ** 63n), 3n), [-(2 ** 63), 3]],
    [
      'those of another realm',
      foreign('[new Float32Array([1, 2]), [3, 4]]'),
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['a typed array of another realm', foreign('new Int16Array([1, 2])'), [1, 2]],
  ])('takes %s', (_, values, plain) => {
    expect(tensor(values).toArray()).toEqual(tensor(plain).toArray());
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  test.each<[string, unknown, string]>([
    ['rows of other lengths', [Float32Array.of(1, 2), [3]], 'index [1] differs'],
    ['a typed row beside numbers', [1, Float32Array.of(2)], 'index [1] differs'],
    ['numbers beside a typed row', [Float32Array.of(2), 1], 'index [1] differs'],
    ['tensors of other shapes', [tensor([[1, 2]]), tensor([1, 2])], 'index [1] differs'],
    ['a long first row, and many short ones', [Array(1e5).fill(0), ...Array(1e5).fill([])], 'index [1] differs'],
    ['a list in itself', cycle, 'lists in at most 64 others were expected'],
    ['NaN in a typed row', [[1, 2], Float32Array.of(3, Number.NaN)], 'NaN came at entry 3'],
    ['an object', [[1, 2], { length: 2 }], 'a number was expected at index [1], but { length: 2 } came'],
    ['nothing', undefined, 'a number was expected at index [], but undefined came'],
  ])('refuses %s', async (_, values, message) => {
    await expectRefusal(() => tensor(values as TensorLike), KeepgateError, message);
  });

  test.each<[string, () => unknown, string]>([
    ['a list', () => new Tensor([1] as never, [1]), 'a typed array of numbers was expected as the data, but [1] came'],
    ['64-bit integers', () => new Tensor(BigInt64Array.of(1n) as never, [1]), 'but BigInt64Array [1n] came'],
    ['no shape', () => new Tensor(Float32Array.of(1), 1 as never), 'a list of sizes was expected as the shape'],
    ['no strides', () => new Tensor(Float32Array.of(1), [1], 1 as never), 'whole sizes from 0'],
    ['a shape of texts', () => tensor(Float32Array.of(1), ['1'] as never), 'whole sizes from 0'],
  ])('new Tensor refuses %s', async (_, act, message) => {
    await expectRefusal(act, KeepgateError, message);
  });
});
