import type { Plan } from '../../masks/plan.ts';
import type { Scheme } from '../../masks/scheme.ts';
import { expectSameBits, only } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { maskBits } from '../white-box/plan-masks.ts';
import { drawPlans, type Trial } from '../white-box/trial.ts';

export const addingAScheme: Law = {
  name: 'adding-a-scheme',
  says: 'adding a scheme, before, after or among, leaves the masks at all other sites as they are',
  applies: () => true,
  stacks: STACKS,
  runs: 6,
  check(trial) {
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
  },
};

/** Dropout at every site of the cell where the scheme has none. */
function theRest({ cell, scheme }: Trial): Scheme {
  const taken = scheme.map(({ site }) => site);
  return cell.sites.filter((site) => !taken.includes(site)).map((site, i) => ({ site, rate: 0.15 + i / 20 }));
}
