import { mean } from '../../masks/plan.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import { expectClose, only } from '../white-box/compare.ts';
import { expectationOf } from '../white-box/enumerate.ts';
import { isBernoulli, type Law, ONE_LAYER } from '../white-box/law.ts';
import { take } from '../white-box/tensors.ts';
import { forward, type Plans } from '../white-box/trial.ts';

export const expectationExact: Law = {
  name: 'expectation-exact',
  says: 'the mean over all masks of what a site multiplies is what evaluation computes: a step of memory, or the output',
  applies: (_, scheme) => scheme.some(isLinear),
  stacks: ONE_LAYER,
  runs: 6,
  sizes: () => ({ batch: 1, time: 2, hiddenSize: 2 }),
  async check({ cell, layer, scheme, inputs, time }) {
    for (const rule of (scheme as readonly SiteRule[]).filter(isLinear)) {
      // Past the first step what the memory reads is not linear in the mask; what is handed on is.
      const steps = rule.site === 'output' ? time : 1;
      const quantity = rule.site === 'output' ? 'y' : (cell.carries.at(-1) as string);
      const x = take(inputs.x, 1, [...Array(steps).keys()]);
      const run = async (plan: Plans) =>
        only(await forward(layer, plan, { ...inputs, x, lengths: null }), (name) => name === quantity);
      expectClose(await expectationOf([rule], layer.extents(1, steps), run), await run(mean([rule])), 1e-12);
    }
  },
};

/** Whether something is linear in the masks of the site, whatever the cell; without scaling evaluation is not the mean. */
function isLinear(rule: SiteRule): boolean {
  return isBernoulli(rule) && rule.scaling !== 'none' && ['update', 'memory', 'output'].includes(rule.site);
}
