import type { Plan, Scheme, Site } from 'keepgate';
import { describe } from 'vitest';
import { forEveryScheme } from '../helpers/laws.ts';
import { expectSameBits, only } from '../helpers/numeric.ts';
import { maskBits } from '../helpers/plans.ts';
import { drawPlans, type Trial } from '../helpers/trials.ts';

/** Dropout at every site of the cell where the scheme has none. */
function theRest({ cell, scheme }: Trial): Scheme {
  const taken = scheme.map(({ site }): Site => site);
  return cell.sites.filter((site) => !taken.includes(site)).map((site, i) => ({ site, rate: 0.15 + i / 20 }));
}

describe('adding a scheme, before, after or among, leaves the masks at all other sites as they are', () => {
  forEveryScheme((trial) => {
    const alone = drawPlans(trial);
    const { scheme } = trial;
    const more = theRest(trial);
    for (const composed of [[...scheme, ...more], [...more, ...scheme], [...scheme, ...more].reverse()]) {
      const together = drawPlans({ ...trial, scheme: composed });
      for (const [lane, plan] of together.entries()) {
        const wanted = maskBits(alone[lane] as Plan);
        expectSameBits(
          only(maskBits(plan), (site) => site in wanted),
          wanted,
        );
      }
    }
  });
});
