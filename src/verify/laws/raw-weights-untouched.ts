import { Tensor } from '../../tensor/tensor.ts';
import { expectSameBits } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { mapValues } from '../white-box/tensors.ts';
import { drawPlans, results } from '../white-box/trial.ts';

export const rawWeightsUntouched: Law = {
  name: 'raw-weights-untouched',
  says: 'a run with masks, forward and backward, leaves the weights of the layer as they are, bit for bit',
  applies: () => true,
  stacks: STACKS,
  runs: 6,
  async check(trial) {
    const { layer, inputs } = trial;
    const copies = mapValues(layer.getWeights(), ({ data, shape }) => new Tensor(data.slice(), shape));
    await results(layer, drawPlans(trial), inputs);
    expectSameBits(layer.getWeights(), copies);
  },
};
