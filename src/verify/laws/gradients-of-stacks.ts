import type { Tensor } from '../../tensor/tensor.ts';
import { slope, TOLERANCE, variablesOf } from '../central-differences.ts';
import { dot, expectTrue, isClose } from '../compare.ts';
import { type Law, STACKS } from '../law.ts';
import { randomTensor } from '../tensors.ts';
import { drawPlans, results } from '../trial.ts';

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
      const wanted = await slope(trial, plan, name, direction);
      const found = dot(analytic[`d${name}`] as Tensor, direction);
      expectTrue(
        isClose(found, wanted, TOLERANCE),
        `d${name} along a direction: ${wanted} was expected, but ${found} came`,
      );
    }
  },
};
