import { describe, expect } from 'vitest';
import { forEveryScheme, ONE_LAYER } from '../helpers/laws.ts';
import { savedMasks } from '../helpers/plans.ts';
import { range, take } from '../helpers/tensors.ts';
import { drawPlans } from '../helpers/trials.ts';

/*
 * Two bits with a keep probability of q agree with probability q² + (1-q)², at most 0.745 for rates from 0.15 to 0.6.
 * A step has at least B*n = 4*40 bits, so two steps coincide with a probability below 0.745^160 < 10^-20; the law
 * compares fewer than 10^4 pairs, so a right library fails it with a probability below 10^-16.
 */
describe('a step mask differs between any two steps', () => {
  forEveryScheme(
    (trial) => {
      for (const plan of drawPlans(trial)) {
        for (const { site, mask, rule, batchAxis } of savedMasks(plan)) {
          if (rule.scope !== 'step' || batchAxis === null) continue;
          const steps = range(0, trial.time).map((t) =>
            take(mask, batchAxis + 1, [t])
              .toFlat()
              .join(''),
          );
          expect(new Set(steps).size, site).toBe(trial.time);
        }
      }
    },
    {
      where: (scheme) => scheme.some(({ scope }) => scope === 'step'),
      stacks: ONE_LAYER,
      sizes: { batch: 4, time: 6, inputSize: 40, hiddenSize: 40 },
    },
  );
});
