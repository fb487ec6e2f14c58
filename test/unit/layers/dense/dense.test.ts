import { dense, ModelError, OptionError, Tensor } from 'keepgate';
import { expect, test } from 'vitest';
import { sequence, tokens, vector } from '../../../../src/layers/signature.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { runLayer } from '../run-layer.ts';

const weight = [
  [0.5, -1],
  [2, 0.25],
  [-0.75, 1.5],
];
const bias = [0.1, -0.2, 0.3];
const weights = {
  weight: new Tensor(Float64Array.from(weight.flat()), [3, 2]),
  bias: new Tensor(Float64Array.from(bias), [3]),
};
const samples = [
  [
    [1, 2],
    [-0.5, 0.75],
  ],
  [[0.25, -1]],
];

const softmax = (row: readonly number[]): number[] => {
  const sum = row.reduce((total, value) => total + Math.exp(value), 0);
  return row.map((value) => Math.exp(value) / sum);
};
const BY_HAND = {
  linear: (row: readonly number[]) => [...row],
  relu: (row: readonly number[]) => row.map((value) => (value > 0 ? value : 0)),
  tanh: (row: readonly number[]) => row.map(Math.tanh),
  sigmoid: (row: readonly number[]) => row.map((value) => 1 / (1 + Math.exp(-value))),
  softmax,
};

test.each(Object.entries(BY_HAND))('each step is activation(x weightᵀ + bias): %s', async (name, activate) => {
  const layer = dense({ units: 3, activation: name as keyof typeof BY_HAND });
  const { y } = await runLayer(layer, samples, { weights });
  expect(y.shape).toEqual([2, 2, 3]);
  const found = y.toArray() as number[][][];
  for (const [b, steps] of samples.entries()) {
    for (const [t, step] of steps.entries()) {
      const row = weight.map((w, unit) => w.reduce((sum, v, i) => sum + v * (step[i] as number), bias[unit] as number));
      const expected = activate(row);
      for (const [unit, value] of expected.entries()) expect(found[t]?.[b]?.[unit]).toBeCloseTo(value, 14);
    }
  }
});

test('says what it makes of what comes in, and of which weights', () => {
  const layer = dense({ units: 3 });
  expect(layer.config).toEqual({ type: 'dense', units: 3, activation: 'linear' });
  expect(layer.outputs({ x: vector(2) })).toEqual({ y: vector(3) });
  expect(layer.outputs({ x: sequence(2) })).toEqual({ y: sequence(3) });
  const { weight: w, bias: b } = layer.weights({ x: vector(2) });
  expect([w.shape, w.role, w.decays, b.shape, b.role, b.decays]).toEqual([
    [3, 2],
    'trained',
    true,
    [3],
    'trained',
    true,
  ]);
});

test('a loss may ask for it without its activation', () => {
  expect(dense({ units: 3 }).activation).toBeUndefined();
  const { activation } = dense({ units: 3, activation: 'sigmoid' });
  expect(activation?.name).toBe('sigmoid');
  expect(activation?.linear.config).toEqual(dense({ units: 3 }).config);
});

test('refuses what it cannot be told, and what it does not take', async () => {
  for (const units of [0, 1.5, '3', undefined, null])
    await expectRefusal(
      () => dense({ units: units as never }),
      OptionError,
      'dense: a whole number from 1',
      'as units',
    );
  for (const activation of ['Relu', 'toString', null, 3, () => 1])
    await expectRefusal(
      () => dense({ units: 1, activation: activation as never }),
      OptionError,
      'dense: an activation of',
    );
  await expectRefusal(() => dense({ units: 1, act: 'relu' } as never), OptionError, 'dense: "act" is not');
  await expectRefusal(() => dense({ units: 1 }).outputs({ x: tokens(3) }), ModelError, 'put an embedding() before it');
  await expectRefusal(() => dense({ units: 1 }).outputs({ x: vector(2, 3) }), ModelError, 'rows of numbers');
  await expectRefusal(() => dense({ units: 1 }).weights({ x: vector(2, 3) }), ModelError, 'rows of numbers');
});
