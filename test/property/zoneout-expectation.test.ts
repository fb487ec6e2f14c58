import { mean, type Plan } from 'keepgate';
import { describe } from 'vitest';
import { resolveScheme } from '../../src/masks/scheme.ts';
import { expectationOf } from '../helpers/enumerate.ts';
import { forEveryScheme, ONE_LAYER } from '../helpers/laws.ts';
import { expectClose, type Results } from '../helpers/numeric.ts';

describe('the mean of one step over all zone masks is the step in evaluation: h and c', () => {
  forEveryScheme(
    async ({ layer, scheme, inputs }, { batch, time }) => {
      const { x, state } = inputs;
      const step = async (plan: Plan): Promise<Results> => {
        const run = await layer.forward(x, { plan, state });
        run.dispose();
        return run.state;
      };
      const rules = resolveScheme(scheme);
      const average = await expectationOf(rules, layer.extents(batch, time), step);
      expectClose(average, await step(mean(scheme)), 1e-12);
    },
    {
      where: (scheme) => scheme.every(({ site }) => site === 'zoneHidden' || site === 'zoneCell'),
      stacks: ONE_LAYER,
      sizes: { batch: 1, time: 1, hiddenSize: 2 },
    },
  );
});
