import { mean } from '../../masks/plan.ts';
import { expectSameBits, type Results } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { maskBits } from '../white-box/plan-masks.ts';
import { drawPlans, results } from '../white-box/trial.ts';

export const evaluationDrawsNothing: Law = {
  name: 'evaluation-draws-nothing',
  says: 'evaluations leave the masks of a key, and the results with them, as they were before',
  applies: () => true,
  stacks: STACKS,
  runs: 6,
  async check(trial) {
    const { layer, scheme, inputs } = trial;
    const plans = drawPlans(trial);
    const before = await results(layer, plans, inputs);
    await results(layer, mean(scheme), inputs);
    for (const [lane, masks] of drawPlans(trial).map(maskBits).entries()) {
      expectSameBits(masks, plans.map(maskBits)[lane] as Results);
    }
    expectSameBits(await results(layer, drawPlans(trial), inputs), before);
  },
};
