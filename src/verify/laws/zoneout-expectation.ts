import { mean } from '../../masks/plan.ts';
import { SITES } from '../../masks/sites.ts';
import { expectClose, only } from '../white-box/compare.ts';
import { expectationOf } from '../white-box/enumerate.ts';
import { type Law, ONE_LAYER } from '../white-box/law.ts';
import { forward } from '../white-box/trial.ts';

export const zoneoutExpectation: Law = {
  name: 'zoneout-expectation',
  says: 'the mean of one step over all zone masks is the step in evaluation: h and c',
  applies: (_, scheme) => scheme.length > 0 && scheme.every(({ site }) => SITES[site].kind === 'zone'),
  stacks: ONE_LAYER,
  runs: 6,
  sizes: () => ({ batch: 1, time: 1, hiddenSize: 2 }),
  async check({ layer, scheme, inputs, batch, time }) {
    const step = async (plan: Parameters<typeof forward>[1]) =>
      only(await forward(layer, plan, { ...inputs, lengths: null }), (name) => name !== 'y');
    const average = await expectationOf(scheme, layer.extents(batch, time), step);
    expectClose(average, await step(mean(scheme)), 1e-12);
  },
};
