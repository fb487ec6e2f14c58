import {
  concrete,
  curriculum,
  gaussian,
  key,
  type Mask,
  OptionError,
  RateError,
  type Scheme,
  SiteError,
  sample,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { resolveScheme } from '../../../src/masks/scheme.ts';
import { hoeffding } from '../../helpers/hoeffding.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

/*
 * The empirical distribution of n independent draws is nowhere further from the true one than the bound of Hoeffding, but
 * for the same chance (Dvoretzky, Kiefer and Wolfowitz 1956, with Massart's constant). There are 200,000 draws in each of
 * fewer than 20 tests; all together fail for no reason with a probability below 10^-9, and the key is fixed. Distances of
 * 0.0158 are seen: a deviation that is 8% off, say.
 */
const ALARM = 1e-9 / 20;
const extents = { batch: 100, time: 40, inputSize: 50, hiddenSize: 50, gates: 1 };

function draw(scheme: Scheme): Mask {
  return sample(scheme, key(11), extents).masks.input as Mask;
}

/** The largest distance between what was drawn and a distribution function; draws were rounded to float32. */
function distance(values: Float32Array, cumulative: (x: number) => number): number {
  const sorted = values.toSorted();
  return sorted.reduce((largest, x, i) => {
    const half = Math.max(Math.abs(x) * 2 ** -25, 2 ** -150);
    const below = x === sorted[i - 1] ? 0 : Math.abs(cumulative(x - half) - i / sorted.length);
    const above = x === sorted[i + 1] ? 0 : Math.abs(cumulative(x + half) - (i + 1) / sorted.length);
    return Math.max(largest, below, above);
  }, 0);
}

/** The normal distribution function (Abramowitz and Stegun 7.1.26: right to 2·10^-7). */
function normal(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp((-x * x) / 2)) / 2;
  return x < 0 ? tail : 1 - tail;
}

const logit = (x: number): number => Math.log(x / (1 - x));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe.each([0.2, 0.35, 0.6])('at rate %d', (rate) => {
  test('gaussian factors are normal, of mean 1 and of the variance of inverted bits, p / (1 - p)', () => {
    const { values, scale } = draw(gaussian({ input: rate, scope: 'step' }));
    const deviation = Math.sqrt(rate / (1 - rate));
    expect(scale).toBe(1);
    expect(values).toBeInstanceOf(Float32Array);
    const found = distance(values as Float32Array, (x) => normal((x - 1) / deviation));
    expect(found).toBeLessThan(hoeffding(values.length, ALARM));
  });

  test.each([0.1, 0.7])('concrete values are those of relaxed bits, at temperature %d', (temperature) => {
    const { values, scale } = draw(sharper(concrete({ input: rate, temperature })));
    expect(scale).toBe(1 / (1 - rate));
    // P(drop <= d) = P(logit u <= temperature logit d - logit p), and what is kept is 1 - drop.
    const cumulative = (kept: number): number =>
      kept <= 0 ? 0 : kept >= 1 ? 1 : 1 - sigmoid(-temperature * logit(kept) - logit(rate));
    expect(distance(values as Float32Array, cumulative)).toBeLessThan(hoeffding(values.length, ALARM));
  });

  test('the two units of a pair are independent: they are on the same side of the middle half the time', () => {
    const { values } = draw(gaussian({ input: rate, scope: 'step' }));
    let same = 0;
    for (let i = 0; i < values.length; i += 2) same += Number((values[i] ?? 0) > 1 === (values[i + 1] ?? 0) > 1);
    const pairs = values.length / 2;
    expect(Math.abs(same / pairs - 1 / 2)).toBeLessThan(hoeffding(pairs, ALARM));
  });
});

/** The same per step, for as many draws as there are places. */
function sharper(scheme: Scheme): Scheme {
  return scheme.map((rule) => ({ ...rule, scope: 'step' }));
}

test('what a scheme of numbers has when nothing else is said', () => {
  expect(gaussian({ input: 0.2, output: 0.3 })).toMatchObject([
    { site: 'input', rate: 0.2, scope: 'sequence', tied: true, distribution: 'gaussian' },
    { site: 'output', rate: 0.3, scope: 'sequence', tied: true, distribution: 'gaussian' },
  ]);
  const distribution = { name: 'concrete', temperature: 0.1, weightRegularizer: 1e-6, dropoutRegularizer: 1e-5 };
  expect(concrete({ recurrent: 0.2, output: 0.3 })).toMatchObject([
    { site: 'recurrent', rate: 0.2, distribution },
    { site: 'output', rate: 0.3, distribution },
  ]);
});

test('a rate of gaussian numbers can be 0, or a schedule', () => {
  expect(gaussian({ input: 0, output: curriculum(0.3) })).toMatchObject([{ rate: 0 }, { rate: curriculum(0.3) }]);
});

test('an entry depends on its place, not on how many places there are', () => {
  for (const scheme of [gaussian({ input: 0.3 }), concrete({ input: 0.3 })]) {
    const whole = sample(scheme, key(4), { ...extents, batch: 3, inputSize: 9 }).masks.input as Mask;
    for (const inputSize of [1, 2, 5, 8]) {
      const first = { sample: 1 };
      const part = sample(scheme, key(4), { ...extents, batch: 2, inputSize, first }).masks.input as Mask;
      for (const row of [0, 1]) {
        for (let unit = 0; unit < inputSize; unit++) {
          expect(part.at({ gate: 0, time: 0, row, unit })).toBe(whole.at({ gate: 0, time: 0, row: row + 1, unit }));
        }
      }
    }
  }
});

test('concrete values come near to bits where the temperature is low', () => {
  const { values } = draw(concrete({ input: 0.3, temperature: 1e-6 }));
  expect([...values].every((value) => value < 1e-3 || value > 1 - 1e-3)).toBe(true);
});

describe('what cannot be is refused', () => {
  const refused: readonly [string, unknown, new (message: string) => Error, string, string][] = [
    ['another distribution', { distribution: 'uniform' }, OptionError, "'gaussian'", '"uniform" came'],
    ['no distribution', { distribution: null }, OptionError, "'gaussian'", 'null came'],
    ['another distribution with numbers', { distribution: { name: 'beta' } }, OptionError, "'gaussian'", 'came'],
    ['the scheme of that name', { distribution: concrete }, OptionError, "{ name: 'concrete', ... }", 'came'],
    [
      'a zone of numbers',
      { site: 'zoneHidden', distribution: 'gaussian' },
      SiteError,
      'of bernoulli',
      "'gaussian' came",
    ],
    ['a token of numbers', { site: 'token', distribution: 'gaussian' }, SiteError, 'of bernoulli', "'gaussian' came"],
    [
      'literal scaling of numbers',
      { distribution: 'gaussian', scaling: 'literal' },
      SiteError,
      "scaling 'inverted'",
      "'literal' came",
    ],
  ];
  test.each(refused)('%s', async (_, rule, type, wanted, came) => {
    const scheme = [{ site: 'input', rate: 0.2, ...(rule as object) }] as Scheme;
    await expectRefusal(() => resolveScheme(scheme), type, wanted, came);
  });

  test('a concrete rate that cannot be learned from, or at a place where none is learned', async () => {
    await expectRefusal(() => concrete({ input: 0 }), RateError, 'in (0, 1)', '0 came');
    const rising = concrete({ input: 0.2 }).map((rule) => ({ ...rule, rate: curriculum(0.2) }));
    await expectRefusal(() => resolveScheme(rising), RateError, 'in (0, 1)', 'came');
    const update: Scheme = concrete({ input: 0.2 }).map((rule) => ({ ...rule, site: 'update' }));
    await expectRefusal(() => resolveScheme(update), SiteError, 'bernoulli, gaussian', "'concrete' came");
  });

  test('a temperature of 0, a negative cost, or an option that there is not', async () => {
    await expectRefusal(() => concrete({ input: 0.2, temperature: 0 }), OptionError, 'above 0', '0 came');
    const cost = { input: 0.2, weightRegularizer: -1 };
    await expectRefusal(() => concrete(cost), OptionError, 'as weightRegularizer', '-1 came');
    const stray = { input: 0.2, temp: 1 };
    await expectRefusal(() => concrete(stray), OptionError, 'concrete:', '"temp"');
    const rule = { name: 'concrete', temperature: 1, weightRegularizer: 0, dropoutRegularizer: 0, cost: 1 };
    const scheme = [{ site: 'input', rate: 0.2, distribution: rule }] as unknown as Scheme;
    await expectRefusal(() => resolveScheme(scheme), OptionError, 'input: concrete', '"cost"');
  });
});
