import type { Mask } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { hoeffding } from '../helpers/hoeffding.ts';
import { drawMasks } from '../helpers/many-bits.ts';
import { describeRule, rulesOf, SITE_NAMES } from '../helpers/schemes.ts';

/*
 * Two independent bits that are kept with probability q agree with probability q² + (1-q)². Neighbours along each axis
 * are compared in disjoint pairs, at least 40,000 of them, so the frequency may be off by 0.019 but for 10^-9 over all
 * rows; a probability to agree that is wrong by 0.038 is seen with a probability above 1 - 10^-9. Copies agree always.
 */
const BITS = 200_000;
const AXES = ['gate', 'time', 'row', 'unit'] as const;
const rows = SITE_NAMES.flatMap(rulesOf).map((rule) => ({ rule, name: describeRule(rule) }));
const ALARM = 1e-9 / (rows.length * AXES.length);

/** How many disjoint pairs of neighbours along an axis there are in a mask, and how many of them agree. */
function countPairs({ values, sizes, strides }: Mask, axis: keyof Mask['sizes']): { pairs: number; agreeing: number } {
  const [size, stride] = [sizes[axis], strides[axis]];
  let [pairs, agreeing] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    // A pair is an even place along the axis and the odd one after it.
    const place = Math.floor(i / stride) % size;
    if (place % 2 === 1 || place + 1 === size) continue;
    pairs += 1;
    if (values[i] === values[i + stride]) agreeing += 1;
  }
  return { pairs, agreeing };
}

describe('neighbours along every axis of a mask agree as often as independent bits do', () => {
  test.each(rows)('$name', ({ rule }) => {
    const masks = drawMasks(rule, BITS);
    const wanted = (1 - rule.rate) ** 2 + rule.rate ** 2;
    for (const axis of AXES.filter((name) => (masks[0]?.sizes[name] ?? 0) > 1)) {
      const counts = masks.map((mask) => countPairs(mask, axis));
      const pairs = counts.reduce((sum, count) => sum + count.pairs, 0);
      const agreeing = counts.reduce((sum, count) => sum + count.agreeing, 0);
      expect(pairs).toBeGreaterThan(40_000);
      expect(Math.abs(agreeing / pairs - wanted), axis).toBeLessThan(hoeffding(pairs, ALARM));
    }
  });
});
