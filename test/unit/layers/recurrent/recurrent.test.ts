import {
  DataError,
  EngineError,
  injectMasks,
  key,
  ModelError,
  mean,
  OptionError,
  type Recurrent,
  type RecurrentOptions,
  recurrent,
  rnnDrop,
  ShapeError,
  SiteError,
  type StateLike,
  type TensorLike,
  variational,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { generate } from '../../../helpers/tensors.ts';

const SIZES = { inputSize: 2, hiddenSize: 3 };
const x = generate([2, 4, 2], ([b = 0, t = 0, i = 0]) => b - t + i);

function gru(options: Partial<RecurrentOptions> = {}): Recurrent {
  return recurrent({ cell: 'gru', ...SIZES, ...options });
}

describe('options', () => {
  test.each([
    ['inputSize', 0],
    ['hiddenSize', 2.5],
    ['hiddenSize', -1],
    ['layers', Number.NaN],
  ])('%s %d is refused', async (name, value) => {
    await expectRefusal(() => gru({ [name]: value }), OptionError, name, 'a whole number', `${value} came`);
  });

  test.each([[5], [null], [{}], [{ words: 5 }], [{ words: [1] }], [{ words: [1, -1] }], [{ words: [1, 2 ** 32] }]])(
    'the key %j is refused',
    async (value) => {
      await expectRefusal(() => gru({ key: value as never }), OptionError, 'recurrent: a key was expected', 'came');
    },
  );

  test.each([[5], [null], [[]], [{}], [{ upload() {} }], [Promise.resolve(5)]])(
    'the engine %j is refused when it is needed',
    async (engine) => {
      const run = (): unknown => gru({ engine: engine as never }).forward(x);
      await expectRefusal(run, EngineError, 'engine: a name, or an engine that createEngine() gives, was expected');
    },
  );
});

describe('weights', () => {
  test('that were set come back, with and without _l0', () => {
    const layer = gru();
    const weights = layer.getWeights();
    expect(Object.keys(weights)).toEqual(['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh']);
    const suffixed = Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [`${name}_l0`, value.toArray()]),
    );
    const other = gru({ key: key(3) });
    other.setWeights(suffixed);
    expect(other.getWeights()).toEqual(weights);
  });

  test('of several lanes have PyTorch names', () => {
    const names = Object.keys(gru({ layers: 2, bidirectional: true }).getWeights());
    expect(names).toHaveLength(16);
    expect(names).toEqual(
      expect.arrayContaining(['weight_ih_l0', 'weight_hh_l0_reverse', 'bias_ih_l1', 'bias_hh_l1_reverse']),
    );
  });

  test('that are missing, too many, or of another shape are refused, and the old ones stay', async () => {
    const layer = gru();
    const weights = layer.getWeights();
    const { bias_hh: _, ...lacking } = weights;
    const set = (given: Parameters<Recurrent['setWeights']>[0]) => (): void => layer.setWeights(given);
    await expectRefusal(set(lacking), ModelError, 'bias_hh of shape [9] was expected', 'missing');
    await expectRefusal(set({ ...weights, kernel: [1] }), ModelError, 'weight_ih, weight_hh', '"kernel" came');
    const flat = generate([9], () => 1);
    await expectRefusal(
      set({ ...weights, weight_hh: flat }),
      ShapeError,
      'weight_hh: shape [G*H,H] = [9, 3]',
      '[9] came',
    );
    await expectRefusal(set({ ...weights, bias_ih: [1, Number.NaN] }), DataError, 'finite numbers', 'NaN came', '[1]');
    expect(layer.getWeights()).toEqual(weights);
  });
});

describe('what forward refuses', () => {
  const refused: readonly [
    string,
    TensorLike,
    Parameters<Recurrent['forward']>[1],
    new (m: string) => Error,
    string[],
  ][] = [
    ['x with two axes', [[1, 2]], {}, ShapeError, ['x: shape [B,T,I] = [?, ?, 2]', '[1, 2] came']],
    ['x of another width', [[[1, 2, 3]]], {}, ShapeError, ['[?, ?, 2] was expected', '[1, 1, 3] came']],
    ['x without samples', [], {}, ShapeError, ['[B,T,I]', '[0] came']],
    ['x without steps', generate([2, 0, 2], () => 0), {}, ShapeError, ['one step was expected', '[2,0,2] came']],
    [
      'NaN in x',
      [
        [
          [1, 2],
          [3, Number.NaN],
        ],
      ],
      {},
      DataError,
      ['finite numbers', 'NaN came', '[0, 1, 1]'],
    ],
    ['a length above T', x, { lengths: [4, 5] }, ShapeError, ['at most T = 4', 'sample 1 has 5']],
    ['a length below 0', x, { lengths: [-1, 4] }, DataError, ['a whole number from 0 to 4', 'sample 0 has -1']],
    ['half a length', x, { lengths: [1, 2.5] }, DataError, ['a whole number', 'sample 1 has 2.5']],
    ['too few lengths', x, { lengths: [4] }, ShapeError, ['2 lengths were expected', '1 came']],
    ['lengths that are none', x, { lengths: 'ab' as never }, DataError, ['a list of lengths', '"ab" came']],
    ['a state that is none', x, { state: 5 as never }, ShapeError, ['an object of h was expected, but 5 came']],
    ['a state that is nothing', x, { state: 0 as never }, ShapeError, ['an object of h was expected, but 0 came']],
    [
      'an unknown part of the state',
      x,
      { state: { c: [[1, 2, 3]] } },
      ShapeError,
      ['the parts h were expected', "'c' came"],
    ],
    [
      'a state of another batch',
      x,
      { state: { h: [[1, 2, 3]] } },
      ShapeError,
      ['state.h: shape [B,H] = [2, 3]', '[1, 3] came'],
    ],
    [
      'a site that the cell lacks',
      x,
      { plan: mean(rnnDrop({ memory: 0.2, scaling: 'literal' })) },
      SiteError,
      ["'memory' came"],
    ],
    [
      'such a site in evaluation, without a mask',
      x,
      { plan: mean(rnnDrop({ memory: 0.2 })) },
      SiteError,
      ["'memory' came"],
    ],
    [
      'gates of another cell',
      x,
      { plan: injectMasks({ weight: { rate: 0.2, mask: [[1, 0, 1]] } }) },
      ShapeError,
      ['9 rows', 'has 1'],
    ],
  ];
  test.each(refused)('%s', async (_, input, options, type, parts) => {
    await expectRefusal(() => gru().forward(input, options), type, ...parts);
  });

  test.each([
    [3, 4],
    [2, 5],
  ])('a plan drawn for batch %d and time %d', async (batch, time) => {
    const layer = gru();
    const plan = layer.sample([{ site: 'input', rate: 0.2, scope: 'step' }], key(1), { batch, time });
    await expectRefusal(
      () => layer.forward(x, { plan }),
      ShapeError,
      "a mask for 'input'",
      'draw the plan for this batch',
    );
  });

  test('one drawn plan for several lanes, or too few', async () => {
    const layer = gru({ layers: 2 });
    const [plan, ...rest] = layer.sample(variational({ input: 0.2 }), key(1), { batch: 2, time: 4 });
    await expectRefusal(() => layer.forward(x, { plan: plan ?? [] }), ShapeError, '2 plans were expected', '1 came');
    await expectRefusal(() => layer.forward(x, { plan: rest }), ShapeError, '2 plans were expected', '1 came');
  });
});

describe('what backward refuses', () => {
  const refused: readonly [string, { y: TensorLike; state?: StateLike }, string[]][] = [
    ['y of another shape', { y: [[[1, 2, 3]]] }, ['backward: y: shape [B,T,H] = [2, 4, 3]', '[1, 1, 3] came']],
    ['an unknown part', { y: generate([2, 4, 3], () => 1), state: { c: [[1]] } }, ['the parts h', "'c' came"]],
    ['a state of another shape', { y: generate([2, 4, 3], () => 1), state: { h: [[1]] } }, ['state.h', '[1, 1] came']],
  ];
  test('y of one direction where there are two', async () => {
    const layer = gru({ bidirectional: true });
    const run = await layer.forward(x);
    const y = generate([2, 4, 3], () => 1);
    await expectRefusal(() => run.backward({ y }), ShapeError, 'y: shape [B,T,2H] = [2, 4, 6]', '[2, 4, 3] came');
    run.dispose();
    await layer.dispose();
  });

  test('what are no gradients', async () => {
    const run = await gru().forward(x);
    for (const grads of [null, undefined, 5] as never[]) {
      await expectRefusal(() => run.backward(grads), OptionError, 'backward: an object', `${grads} came`);
    }
    await expectRefusal(() => run.backward({ y: run.y, state: 5 as never }), ShapeError, 'an object of h', '5 came');
    run.dispose();
  });

  test.each(refused)('%s', async (_, grads, parts) => {
    const run = await gru().forward(x);
    await expectRefusal(() => run.backward(grads), ShapeError, ...parts);
    run.dispose();
  });
});

test('parts of the state that are left out are zeros', async () => {
  const layer = recurrent({ cell: 'lstm', ...SIZES });
  const h = [
    [0.1, 0.2, 0.3],
    [0.4, 0.5, 0.6],
  ];
  const zero = h.map((row) => row.map(() => 0));
  const [given, whole] = [await layer.forward(x, { state: { h } }), await layer.forward(x, { state: { h, c: zero } })];
  expect(given.y).toEqual(whole.y);
  given.dispose();
  whole.dispose();
});

test('a layer of several lanes draws a plan for each, all from one key', () => {
  const layer = gru({ layers: 2, bidirectional: true });
  const plans = layer.sample(variational({ input: 0.2 }), key(1), { batch: 2, time: 4 });
  expect(plans.map(({ masks }) => masks.input?.sizes.unit)).toEqual([2, 2, 6, 6]);
  expect(layer.sample(variational({ input: 0.2 }), key(1), { batch: 2, time: 4 })).toEqual(plans);
});
