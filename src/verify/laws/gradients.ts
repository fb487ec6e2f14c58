import { Tensor } from '../../tensor/tensor.ts';
import { slope, TOLERANCE, variablesOf } from '../white-box/central-differences.ts';
import { expectClose } from '../white-box/compare.ts';
import { type Law, ONE_LAYER } from '../white-box/law.ts';
import { drawPlans, results } from '../white-box/trial.ts';

export const gradients: Law = {
  name: 'gradients',
  says: 'gradients are the central differences of the loss, at every entry',
  applies: () => true,
  stacks: ONE_LAYER,
  runs: 2,
  sizes: () => ({ batch: 2, time: 3, inputSize: 2, hiddenSize: 2 }),
  async check(trial) {
    const plan = drawPlans(trial);
    const analytic = await results(trial.layer, plan, trial.inputs);
    for (const [name, { shape }] of Object.entries(variablesOf(trial))) {
      const found = analytic[`d${name}`] as Tensor;
      const numeric = new Float64Array(found.toFlat().length);
      for (const i of numeric.keys()) {
        const unit = new Tensor(new Float64Array(numeric.length).fill(1, i, i + 1), shape);
        numeric[i] = await slope(trial, plan, name, unit, found.toFlat()[i] as number);
      }
      expectClose({ [`d${name}`]: found }, { [`d${name}`]: new Tensor(numeric, shape) }, TOLERANCE);
    }
  },
};
