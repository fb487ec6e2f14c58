import type { Scheme, Site } from 'keepgate';
import { describe, test } from 'vitest';
import { gradients } from '../../../src/verify/laws/gradients.ts';
import { makeTrial } from '../../../src/verify/white-box/trial.ts';
import { CELLS, VARIANTS } from '../../helpers/cells.ts';
import { RATES } from '../../helpers/schemes.ts';

/*
 * One example of each cell under dropout at all of its sites; test/property has many of them. Masks are drawn per step and
 * gate where they can be, so that no two steps or gates can be mistaken for each other.
 */
function atAllSites(sites: readonly Site[]): Scheme {
  return sites.map((site) => ({
    site,
    rate: RATES[site],
    ...(site === 'weight' ? {} : { scope: 'step' }),
    ...(site === 'input' || site === 'recurrent' ? { tied: false } : {}),
  }));
}

const setting = {
  batch: 2,
  time: 3,
  inputSize: 2,
  hiddenSize: 2,
  stack: { layers: 1, bidirectional: false },
  seed: 17,
};

describe.each([...CELLS, ...VARIANTS])('$name', (cell) => {
  test.each([false, true])('gradients are central differences; samples of different lengths: %s', async (ragged) => {
    await gradients.check(makeTrial(cell, atAllSites(cell.sites), { ...setting, ragged }));
  });
});
