import { injectMasks, type Plan } from '../../masks/plan.ts';
import { expectSameBits } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { drawPlans, results } from '../white-box/trial.ts';

export const replay: Law = {
  name: 'replay',
  says: 'a plan that was saved as JSON and read back gives the same results, bit for bit',
  applies: () => true,
  stacks: STACKS,
  runs: 6,
  async check(trial) {
    const { layer, inputs } = trial;
    const plans = drawPlans(trial);
    expectSameBits(await results(layer, plans.map(throughJson), inputs), await results(layer, plans, inputs));
  },
};

function throughJson(plan: Plan): Plan {
  return injectMasks(JSON.parse(JSON.stringify(plan)));
}
