import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EngineName,
  type InjectedSite,
  injectMasks,
  key,
  ModelError,
  type Nested,
  OptionError,
  type RecurrentOptions,
  recurrent,
  rnn,
  sequential,
  type Tensor,
  tensor,
  variational,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { rnn as rnnCell } from '../../../../src/cells/rnn.ts';
import { SHARED } from '../../../helpers/golden-pytorch.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { ROOT } from '../../../helpers/run-script.ts';

/** What test/golden/recurrent-variants.py and layer-norm-cells.py wrote. */
interface Case {
  readonly options: RecurrentOptions;
  readonly weights: Record<string, Nested>;
  readonly masks?: Record<string, InjectedSite>;
  readonly x: Nested;
  readonly state: Record<string, Nested>;
  readonly y: Nested;
  readonly probe: Nested;
  readonly grads: Record<string, Nested>;
}

const CASES: readonly Case[] = ['recurrent-variants.json', 'layer-norm-cells.json'].flatMap((name) =>
  JSON.parse(readFileSync(join(ROOT, 'test/golden', name), 'utf8')),
);

function nameOf({ options: { inputSize: _, hiddenSize: __, ...told }, masks = {} }: Case): string {
  return [JSON.stringify(told), ...Object.keys(masks)].join(', ');
}

/** Beside the largest number, if that is above 1: gates that are not cut off make large ones. */
function largestError(found: Tensor, wanted: Nested): number {
  const [a, b] = [found.toFlat(), tensor(wanted).toFlat()];
  expect(a.length).toBe(b.length);
  const size = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0) / size;
}

describe.each(CASES.map((one) => ({ name: nameOf(one), one })))(
  "$name has PyTorch's values and gradients",
  ({ one }) => {
    test.each([
      ['reference', 1e-12],
      ['simd', 5e-5],
    ] as const satisfies readonly (readonly [EngineName, number])[])('%s', async (engine, tolerance) => {
      const layer = recurrent({ ...one.options, engine });
      layer.setWeights(one.weights);
      const run = await layer.forward(one.x, { state: one.state, plan: injectMasks(one.masks ?? {}) });
      const grads = await run.backward({ y: one.probe });
      const { x, state, weights } = grads;
      expect(largestError(run.y, one.y)).toBeLessThan(tolerance);
      const all: Record<string, Tensor> = { ...weights, ...state, x };
      expect(Object.keys(all).sort()).toEqual(Object.keys(one.grads).sort());
      for (const [name, wanted] of Object.entries(one.grads)) {
        expect(largestError(all[name] as Tensor, wanted), name).toBeLessThan(tolerance);
      }
      run.dispose();
      await layer.dispose();
    });
  },
);

describe('a layer without biases', () => {
  test.each(['lstm', 'gru', 'rnn'] as const)(
    '%s is one whose biases are zeros, through layers and both ways',
    async (cell) => {
      const sizes = { cell, inputSize: 3, hiddenSize: 4, layers: 2, bidirectional: true, engine: 'reference' } as const;
      const bare = recurrent({ ...sizes, bias: false, key: key(3) });
      const zeros = recurrent(sizes);
      const weights = bare.getWeights();
      expect(Object.keys(weights).filter((name) => name.includes('bias'))).toEqual([]);
      const biases = Object.entries(zeros.getWeights()).filter(([name]) => name.startsWith('bias'));
      zeros.setWeights({
        ...weights,
        ...Object.fromEntries(biases.map(([name, { shape }]) => [name, tensor(new Array(shape[0]).fill(0))])),
      });
      const x = [
        [
          [1, 0.5, -0.2],
          [0.3, -1, 0.7],
        ],
        [
          [0.2, 0.9, 0.1],
          [-0.4, 0.6, -0.8],
        ],
      ];
      const plan = bare.sample(variational({ input: 0.2, recurrent: 0.4 }), key(4), { batch: 2, time: 2 });
      const [ours, theirs] = [await bare.forward(x, { plan }), await zeros.forward(x, { plan })];
      expect(ours.y.toArray()).toEqual(theirs.y.toArray());
      const [a, b] = [await ours.backward({ y: ours.y }), await theirs.backward({ y: theirs.y })];
      for (const [name, grad] of Object.entries(a.weights))
        expect(grad.toArray(), name).toEqual(b.weights[name]?.toArray());
      expect(Object.keys(a.weights)).toEqual(Object.keys(weights));
      await Promise.all([ours.dispose(), theirs.dispose(), bare.dispose(), zeros.dispose()]);
    },
  );

  test('refuses biases, and asks for no others', async () => {
    const layer = recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 1, bias: false });
    await expectRefusal(
      () => layer.setWeights({ weight_ih: [[1]], weight_hh: [[1]], bias_ih: [0] }),
      ModelError,
      'weight_ih, weight_hh were expected',
      '"bias_ih" came',
    );
    layer.setWeights({ weight_ih: [[1]], weight_hh: [[0.5]] });
  });
});

describe('what a cell does not have is refused', () => {
  const sizes = { inputSize: 2, hiddenSize: 3 };
  test.each([
    ['an unknown activation', { cell: 'lstm', activation: 'swish' }, 'was expected as activation', '"swish" came'],
    ['gates of an RNN', { cell: 'rnn', recurrentActivation: 'sigmoid' }, 'a cell of lstm, gru only', '"rnn"'],
    ['an activation of an own cell', { cell: rnnCell, activation: 'relu' }, 'a cell of lstm, gru, rnn only', '"rnn"'],
    ['a normalization of an RNN', { cell: 'rnn', normalization: 'layer' }, 'a cell of lstm, gru only', '"rnn"'],
    ['an unknown normalization', { cell: 'gru', normalization: 'rms' }, '"layer" was expected', '"rms" came'],
    ['a bias that is no boolean', { cell: 'gru', bias: 0 }, 'true or false was expected as bias', '0 came'],
  ])('%s', async (_, told, expected, came) => {
    const options = { ...sizes, ...(told as object) } as RecurrentOptions;
    await expectRefusal(() => recurrent(options), OptionError, expected as string, came as string);
  });
});

describe('a config', () => {
  test('has what is unusual, and nothing of what is usual', () => {
    const plain = rnn({ units: 2, activation: 'tanh', bias: true }).config;
    expect(plain).toEqual(rnn({ units: 2 }).config);
    expect(Object.keys(plain)).toEqual(['type', 'units', 'dropout', 'returnSequences', 'layers']);
    const { activation, bias } = rnn({ units: 2, activation: 'relu', bias: false }).config;
    expect({ activation, bias }).toEqual({ activation: 'relu', bias: false });
  });

  test('is made a layer of again, which predicts the same', async () => {
    const model = sequential([rnn({ units: 3, activation: 'relu', bias: false })]);
    await model.build({ kind: 'sequence', size: 2 }, key(1));
    expect(Object.keys(await model.getWeights())).toEqual(['0.weight_ih_l0', '0.weight_hh_l0']);
    await model.dispose();
  });
});

interface KerasTensor {
  readonly data: number[];
  readonly shape: readonly [number, number];
}

/** Keras 2's own outputs: kernel [I,G*H], recurrent kernel [H,G*H], bias [G*H]; gates i, f, c, o or z, r, h; reset before. */
describe.skipIf(!existsSync(join(SHARED, 'kerasjs')))('Keras 2', () => {
  const hard = { recurrentActivation: 'hardSigmoid0.2' } as const;
  const kinds = {
    LSTM: { told: { cell: 'lstm', ...hard }, order: [0, 1, 2, 3] },
    GRU: { told: { cell: 'gru', resetAfter: false, ...hard }, order: [1, 0, 2] },
    SimpleRNN: { told: { cell: 'rnn' }, order: [0] },
  } as const;
  // The second of each is of sigmoids alone. From the fourth on, two were run backwards, two twice with the state carried, two both.
  const cases = Object.keys(kinds).flatMap((kind) => Array.from({ length: 9 }, (_, n) => [kind, n] as const));

  test.each(cases)('%s %i', async (kind, n) => {
    const { told, order } = kinds[kind as keyof typeof kinds];
    const file = JSON.parse(readFileSync(join(SHARED, `kerasjs/${kind}.json`), 'utf8'))[`recurrent.${kind}.${n}`];
    const [kernel, recurrentKernel, bias]: readonly KerasTensor[] = file.weights;
    const hiddenSize = recurrentKernel?.shape[0] as number;
    const [steps, inputSize] = (file.input as KerasTensor).shape;
    const rows = order.flatMap((gate) => Array.from({ length: hiddenSize }, (_, unit) => gate * hiddenSize + unit));
    const turned = ({ data, shape: [height, width] }: KerasTensor): number[][] =>
      rows.map((row) => Array.from({ length: height }, (_, i) => data[i * width + row] as number));
    const sigmoids =
      n !== 1 ? {} : { activation: 'sigmoid', ...(kind === 'SimpleRNN' ? {} : { recurrentActivation: 'sigmoid' }) };
    const options = { ...told, ...sigmoids, inputSize, hiddenSize, bias: bias !== undefined, engine: 'reference' };
    const layer = recurrent(options as RecurrentOptions);
    layer.setWeights({
      weight_ih: turned(kernel as KerasTensor),
      weight_hh: turned(recurrentKernel as KerasTensor),
      ...(bias && { bias_ih: rows.map((row) => bias.data[row] as number), bias_hh: rows.map(() => 0) }),
    });
    const x = Array.from({ length: steps }, (_, t) => file.input.data.slice(t * inputSize, (t + 1) * inputSize));
    if ([3, 4, 7, 8].includes(n)) x.reverse();
    const first = await layer.forward([x]);
    const { y, dispose } = n < 5 ? first : await layer.forward([x], { state: first.state });
    const wanted: number[] = file.expected.data;
    // All steps, or the last one.
    const found = [...y.toFlat()].slice(-wanted.length);
    expect(found.reduce((most, value, i) => Math.max(most, Math.abs(value - (wanted[i] as number))), 0)).toBeLessThan(
      5e-6,
    );
    first.dispose();
    dispose();
    await layer.dispose();
  });
});
