import { fold, key, type Plan, recurrent, type Scheme } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { CELLS } from '../helpers/cells.ts';
import { SEED } from '../helpers/laws.ts';
import { savedMasks } from '../helpers/plans.ts';
import { RATES as EVERYWHERE, type Rates, schemesFor } from '../helpers/schemes.ts';
import { range } from '../helpers/tensors.ts';

/*
 * Two bits with keep probabilities q and s agree with probability qs + (1-q)(1-s), at most 0.545 for rates from 0.35 to
 * 0.6. A row has 64 bits, so two independent rows coincide with a probability below 0.545^64 < 2·10^-17. A test
 * compares at most 8·10^6 pairs, and there are fewer than 80 tests: a right library fails one with a probability
 * below 2·10^-8 for a random seed, and the seed is fixed.
 */
const ROW = 64;
const RATES: Rates = {
  ...EVERYWHERE,
  input: 0.35,
  recurrent: 0.4,
  weight: 0.45,
  update: 0.55,
  memory: 0.38,
  zoneCell: 0.42,
  zoneHidden: 0.48,
  output: 0.6,
};

/** Every row of a plan: one for each stream, gate, step and sample, or row of the weight. One entry for all units is none. */
function rowsOf(plan: Plan): string[] {
  const saved = savedMasks(plan).map(({ site, mask, rule }) => ({ mask, stream: rule.stream ?? site }));
  const streams = saved.filter(({ stream }, i) => saved.findIndex((other) => other.stream === stream) === i);
  return streams.flatMap(({ mask }) => {
    if (mask.shape.at(-1) === 1) return [];
    const values = [...mask.toFlat()];
    return range(0, values.length / ROW).map((row) => values.slice(row * ROW, (row + 1) * ROW).join(' '));
  });
}

function hasRows(scheme: Scheme): boolean {
  return scheme.some(({ shared = [] }) => !shared.includes('unit'));
}

describe.each(CELLS)('$name', (cell) => {
  const layer = recurrent({ cell, inputSize: ROW, hiddenSize: ROW, layers: 2, bidirectional: true });

  test.each(schemesFor(cell).filter(({ build }) => hasRows(build(RATES))))(
    '$name: masks differ between samples, gates, steps, sites, layers, directions and batches',
    ({ build }) => {
      const scheme: Scheme = build(RATES);
      const batches = range(0, 3).map((batch) => fold(key(SEED), batch));
      const rows = batches.flatMap((masks) => layer.sample(scheme, masks, { batch: 3, time: 2 }).flatMap(rowsOf));
      expect(rows.length).toBeGreaterThan(1);
      expect(new Set(rows).size).toBe(rows.length);
    },
  );
});
