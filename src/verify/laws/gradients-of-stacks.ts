import type { Tensor } from '../../tensor/tensor.ts';
import { slope, TOLERANCE, variablesOf } from '../white-box/central-differences.ts';
import { dot, expectTrue, isClose } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { randomTensor } from '../white-box/tensors.ts';
import { drawPlans, results } from '../white-box/trial.ts';

export const gradientsOfStacks: Law = {
  name: 'gradients-of-stacks',
  says: 'along random directions gradients are central differences, through layers and both ways',
  applies: () => true,
  stacks: STACKS,
  runs: 4,
  sizes: () => ({ batch: 3, time: 4, inputSize: 3, hiddenSize: 2 }),
  async check(trial) {
    const plan = drawPlans(trial);
    const analytic = await results(trial.layer, plan, trial.inputs);
    for (const [name, { shape }] of Object.entries(variablesOf(trial))) {
      const direction = randomTensor(trial.key, name, shape);
      const found = dot(analytic[`d${name}`] as Tensor, direction);
      const wanted = await slope(trial, plan, name, direction, found);
      expectTrue(
        isClose(found, wanted, TOLERANCE),
        `d${name} along a direction: ${wanted} was expected, but ${found} came`,
      );
    }
  },
};
