import { bidirectional, type Distribution, dropout, gru, key, lstm, type Scheme, type Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { sequence } from '../../../../src/layers/signature.ts';
import { runLayer, weightsOf } from '../run-layer.ts';

const CONCRETE: Distribution = {
  name: 'concrete',
  temperature: 0.1,
  weightRegularizer: 0.07,
  dropoutRegularizer: 0.02,
};
const SEQUENCES = [
  [
    [0.3, -1.2],
    [0.8, 0.1],
  ],
  [[1.1, 0.2]],
];
const UNITS = 3;
const RATES = { input: 0.2, recurrent: 0.35, output: 0.15 } as const;

function at(...sites: (keyof typeof RATES)[]): Scheme {
  return sites.map((site) => ({ site, rate: RATES[site], distribution: CONCRETE }));
}

function squares(weight: Tensor | undefined): number {
  return [...(weight as Tensor).toFlat()].reduce((sum, value) => sum + value ** 2, 0);
}

/** The formula of Gal, Hron and Kendall, for a site with D units before a matrix. */
function cost(rate: number, units: number, weight?: Tensor): number {
  const ofWeight = weight ? (0.07 * squares(weight)) / (1 - rate) : 0;
  return ofWeight + 0.02 * units * (rate * Math.log(rate) + (1 - rate) * Math.log(1 - rate));
}

const close = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 13));

describe('what a learned rate costs', () => {
  test('is by its matrix and its width: W and I at the input, U and H at the recurrent site, none and H at the output', async () => {
    const layer = lstm({ units: UNITS, dropout: at('input', 'recurrent', 'output') });
    const weights = weightsOf(layer, 2);
    const { penalties } = await runLayer(layer, SEQUENCES, { weights, key: key(1) });
    const { weight_ih_l0: w, weight_hh_l0: u } = weights;
    expect(penalties).toEqual(
      close([cost(RATES.input, 2, w), cost(RATES.recurrent, UNITS, u), cost(RATES.output, UNITS)]),
    );
  });

  test('counts for each lane, whose input is that of its layer', async () => {
    const layer = bidirectional(gru({ units: UNITS, layers: 2, dropout: at('input') }));
    const weights = weightsOf(layer, 2);
    const { penalties } = await runLayer(layer, SEQUENCES, { weights, key: key(1) });
    const of = (width: number, suffix: string): number => cost(RATES.input, width, weights[`weight_ih${suffix}`]);
    expect(penalties).toEqual(close([of(2, '_l0'), of(2, '_l0_reverse'), of(6, '_l1'), of(6, '_l1_reverse')]));
  });

  test('of a dropout layer is that of its width', async () => {
    const layer = dropout({ rate: 0.15, distribution: CONCRETE });
    const { penalties } = await runLayer(layer, SEQUENCES, { weights: weightsOf(layer, 2), key: key(1) });
    expect(penalties).toEqual(close([cost(0.15, 2)]));
  });

  test('is nothing in evaluation', async () => {
    const layer = lstm({ units: UNITS, dropout: at('input', 'recurrent', 'output') });
    const { penalties } = await runLayer(layer, SEQUENCES, { weights: weightsOf(layer, 2) });
    expect(penalties).toEqual([]);
  });
});

test('the logit starts where the rate of the scheme is', () => {
  const { input_rate_logit_l0: logit, ...others } = weightsOf(lstm({ units: UNITS, dropout: at('input') }), 2);
  expect(logit?.shape).toEqual([1]);
  expect(1 / (1 + Math.exp(-(logit?.at(0) as number)))).toBeCloseTo(RATES.input, 14);
  expect(Object.keys(others)).toEqual(['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0']);
});

test('the logits do not decay, and say that they are of rates; all else is trained and decays', () => {
  const layer = bidirectional(lstm({ units: UNITS, layers: 2, dropout: at('input', 'output') }));
  const specs = Object.entries(layer.weights({ x: sequence(2) }));
  const kindsOf = (wanted: boolean): unknown[] =>
    specs.flatMap(([name, { role, decays }]) => (name.includes('_rate_logit_') === wanted ? [[role, decays]] : []));
  expect(kindsOf(true)).toEqual(Array(8).fill(['rateLogit', false]));
  expect(kindsOf(false)).toEqual(Array(16).fill(['trained', true]));
  const one = dropout({ rate: 0.15, distribution: CONCRETE }).weights({ x: sequence(2) });
  expect(one).toEqual({ output_rate_logit: expect.objectContaining({ role: 'rateLogit', decays: false, shape: [1] }) });
});
