import { injectMasks, type Plan } from 'keepgate';
import { describe } from 'vitest';
import { forEveryScheme } from '../helpers/laws.ts';
import { expectSameBits } from '../helpers/numeric.ts';
import { drawPlans, results } from '../helpers/trials.ts';

function throughJson(plan: Plan): Plan {
  return injectMasks(JSON.parse(JSON.stringify(plan)));
}

describe('a plan that was saved as JSON and read back gives the same results, bit for bit', () => {
  forEveryScheme(async (trial) => {
    const { layer, inputs } = trial;
    const plans = drawPlans(trial);
    expectSameBits(await results(layer, plans.map(throughJson), inputs), await results(layer, plans, inputs));
  });
});
