import type { Mask } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { hoeffding } from '../helpers/hoeffding.ts';
import { drawMasks } from '../helpers/many-bits.ts';
import { describeRule, rulesOf, SITE_NAMES } from '../helpers/schemes.ts';

/*
 * Each site, rate, scope, sharing and scaling is a row. All rows together give a false alarm with a probability of
 * 10^-9 for a random seed (and the seed is fixed). A row has at least 200,000 bits, so its keep frequency may be off by
 * 0.0081; a keep probability that is wrong by twice that, 0.0162, is seen with a probability above 1 - 10^-9.
 */
const RATES = [0.2, 0.35, 0.6];
const BITS = 200_000;
const rows = SITE_NAMES.flatMap(rulesOf).flatMap((rule) =>
  RATES.map((rate) => ({ rule: { ...rule, rate }, name: `${describeRule(rule)}, rate ${rate}` })),
);
const ALARM = 1e-9 / rows.length;

describe('bits are kept as often as the rate says, and the mean factor is that of evaluation', () => {
  test.each(rows)('$name', ({ rule }) => {
    const masks = drawMasks(rule, BITS);
    const total = (count: (bits: Mask['values']) => number): number =>
      masks.reduce((sum, { values }) => sum + count(values), 0);
    const bits = total(({ length }) => length);
    const frequency = total((mask) => Array.from(mask).reduce((sum, bit) => sum + bit, 0)) / bits;
    const margin = hoeffding(bits, ALARM);
    expect(Math.abs(frequency - (1 - rule.rate))).toBeLessThan(margin);

    const isInverted = rule.scaling === 'inverted' && !rule.site.startsWith('zone');
    const scale = masks[0]?.scale ?? Number.NaN;
    expect(Math.abs(frequency * scale - (isInverted ? 1 : 1 - rule.rate))).toBeLessThan(margin * scale);
    // The factor of a kept value is exact.
    expect(scale).toBe(isInverted ? 1 / (1 - rule.rate) : 1);
  });
});
