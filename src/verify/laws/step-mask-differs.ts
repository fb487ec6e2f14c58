import { rateAt } from '../../masks/dropout-rate.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import { expectTrue } from '../white-box/compare.ts';
import { isBernoulli, type Law, ONE_LAYER } from '../white-box/law.ts';
import { savedMasks } from '../white-box/plan-masks.ts';
import { range, take } from '../white-box/tensors.ts';
import { drawPlans } from '../white-box/trial.ts';

/*
 * Two bits with a keep probability of q agree with probability q² + (1-q)². The batch is so large that two steps
 * coincide with a probability below 10^-20; an example compares 15 pairs for each of at most eight sites, so 100
 * examples fail a right library with a probability below 2·10^-16.
 */
const ALARM = 1e-20;
const WIDTH = 40;

export const stepMaskDiffers: Law = {
  name: 'step-mask-differs',
  says: 'a step mask differs between any two steps',
  applies: (_, scheme) => scheme.some(differs),
  stacks: ONE_LAYER,
  runs: 6,
  sizes: (scheme) => {
    const rows = scheme.filter(differs).map((rule) => Math.ceil(entriesToDiffer(rule) / WIDTH));
    return { batch: Math.max(4, ...rows), time: 6, inputSize: WIDTH, hiddenSize: WIDTH };
  },
  check(trial) {
    for (const plan of drawPlans(trial)) {
      for (const { site, mask, rowAxis } of savedMasks(plan)) {
        const rule = plan.masks[site]?.rule;
        if (rule === undefined || !differs(rule)) continue;
        const steps = range(0, trial.time).map((t) =>
          take(mask, rowAxis + 1, [t])
            .toFlat()
            .join(),
        );
        const distinct = new Set(steps).size;
        expectTrue(
          distinct === steps.length,
          `${site}: ${steps.length} different steps were expected, but ${distinct} came`,
        );
      }
    }
  },
};

/** Rare zeros, or few entries, can coincide: of them the law does not speak. */
function differs(rule: SiteRule): boolean {
  const rate = rateAt(rule.rate, 0);
  return rule.scope === 'step' && rule.shared.length === 0 && rate > 0.005 && rate < 0.995;
}

function entriesToDiffer(rule: SiteRule): number {
  const rate = rateAt(rule.rate, 0);
  return isBernoulli(rule) ? Math.log(ALARM) / Math.log(rate ** 2 + (1 - rate) ** 2) : 1;
}
