import { none } from '../../masks/plan.ts';
import { expectClose, only, type Results } from '../white-box/compare.ts';
import { type Law, ONE_LAYER } from '../white-box/law.ts';
import { generate, mapValues } from '../white-box/tensors.ts';
import { drawPlans, results } from '../white-box/trial.ts';

export const recurrentMaskLeavesTheCarry: Law = {
  name: 'recurrent-mask-leaves-the-carry',
  says: 'where U is 0 a mask of the recurrent state changes nothing: it acts on the product with U, not on what is carried',
  applies: (_, scheme) => scheme.some(({ site }) => site === 'recurrent'),
  stacks: ONE_LAYER,
  runs: 6,
  async check(trial) {
    const { layer, inputs } = trial;
    layer.setWeights(
      mapValues(layer.getWeights(), (weight, name) =>
        name.startsWith('weight_hh') ? generate(weight.shape, () => 0) : weight,
      ),
    );
    const plans = drawPlans({ ...trial, scheme: trial.scheme.filter(({ site }) => site === 'recurrent') });
    const besidesU = (all: Results): Results => only(all, (name) => !name.startsWith('dweight_hh'));
    const [masked, bare] = [await results(layer, plans, inputs), await results(layer, none(), inputs)];
    expectClose(besidesU(masked), besidesU(bare), 1e-12);
  },
};
