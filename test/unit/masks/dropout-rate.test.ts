import { annealed, curriculum, key, mean, naive, OptionError, RateError, sample, variational, zoneout } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { peakRate, rateAt } from '../../../src/masks/dropout-rate.ts';
import { rulesAt } from '../../../src/masks/scheme.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

const UPDATES = [0, 1, 7, 300, 5000];
const extents = { batch: 2, time: 3, inputSize: 4, hiddenSize: 5, gates: 4 };

describe('a schedule is the one of its paper', () => {
  // Written for the probability k to keep, as there.
  const [rate, gamma] = [0.35, 0.002];
  const k = 1 - rate;

  test.each(UPDATES)('curriculum: keep(t) = (1 - k) exp(-γ t) + k, at %d', (t) => {
    expect(1 - rateAt(curriculum(rate, { gamma }), t)).toBeCloseTo((1 - k) * Math.exp(-gamma * t) + k, 14);
  });

  test.each(UPDATES)('annealed: keep(t) = 1 - (1 - k) exp(-γ t), at %d', (t) => {
    expect(1 - rateAt(annealed(rate, { gamma }), t)).toBeCloseTo(1 - (1 - k) * Math.exp(-gamma * t), 14);
  });

  test('63% of the way is done after a thousand updates, unless gamma says otherwise', () => {
    expect(curriculum(rate)).toEqual({ schedule: 'curriculum', rate, gamma: 1e-3 });
    expect(annealed(rate)).toEqual({ schedule: 'annealed', rate, gamma: 1e-3 });
    expect(annealed(rate, { gamma })).toEqual({ schedule: 'annealed', rate, gamma });
  });

  test('a curriculum begins with none, and annealing begins at the rate, exactly', () => {
    expect(rateAt(curriculum(rate), 0) === 0).toBe(true);
    expect(rateAt(annealed(rate), 0)).toBe(rate);
  });
});

test('the largest rate that is ever in force: none, where a curriculum stands still', () => {
  expect(peakRate(0.3)).toBe(0.3);
  expect(peakRate(annealed(0.3))).toBe(0.3);
  expect(peakRate(annealed(0.3, { gamma: 0 }))).toBe(0.3);
  expect(peakRate(curriculum(0.3))).toBe(0.3);
  expect(peakRate(curriculum(0.3, { gamma: 0 }))).toBe(0);
});

describe('a plan has the masks of the rate in force', () => {
  const scheme = [
    ...variational({ input: curriculum(0.6, { gamma: 0.01 }) }),
    ...zoneout({ hidden: annealed(0.4, { gamma: 0.02 }), scope: 'step' }),
  ];

  test.each(UPDATES)('after %d updates, in training and in evaluation', (update) => {
    const plain = rulesAt(scheme, update);
    expect(plain.every(({ rate }) => typeof rate === 'number')).toBe(true);
    expect(sample(scheme, key(2), { ...extents, update })).toEqual(sample(plain, key(2), extents));
    expect(mean(scheme, { update })).toEqual(mean(plain));
  });

  test('no updates when none are told', () => {
    expect(sample(scheme, key(2), extents)).toEqual(sample(scheme, key(2), { ...extents, update: 0 }));
    expect(mean(scheme)).toEqual(mean(scheme, { update: 0 }));
    // The curriculum begins with no mask at all.
    expect(Object.keys(sample(scheme, key(2), extents).masks)).toEqual(['zoneHidden']);
  });
});

describe('what cannot be is refused', () => {
  test('a rate outside [0, 1)', async () => {
    await expectRefusal(() => curriculum(1), RateError, 'curriculum: a dropout rate in [0, 1)', '1 came');
    await expectRefusal(() => annealed(-0.1), RateError, 'annealed: a dropout rate in [0, 1)', '-0.1 came');
  });

  test('a gamma that is no speed, or an option that there is not', async () => {
    await expectRefusal(() => annealed(0.3, { gamma: -1 }), OptionError, 'as gamma', '-1 came');
    const options = { gamma: 1, gama: 1 };
    await expectRefusal(() => curriculum(0.3, options), OptionError, 'curriculum:', '"gama"');
    const rate = { ...annealed(0.3), gama: 1 };
    await expectRefusal(() => naive({ input: rate }), OptionError, 'schedule: "gama"');
  });

  test('a schedule that nobody knows', async () => {
    const rate = { schedule: 'linear' as 'annealed', rate: 0.3, gamma: 0.1 };
    await expectRefusal(() => naive({ input: rate }), OptionError, 'curriculum or annealed', '"linear" came');
  });

  test.each([-1, 0.5])('%d updates', async (update) => {
    const scheme = naive({ input: curriculum(0.3) });
    await expectRefusal(
      () => sample(scheme, key(1), { ...extents, update }),
      OptionError,
      'as update',
      `${update} came`,
    );
    await expectRefusal(
      () => mean(scheme, { update }),
      OptionError,
      'mean: a whole number',
      'as update',
      `${update} came`,
    );
  });
});
