import { Tensor } from 'keepgate';
import { describe } from 'vitest';
import { forEveryScheme } from '../helpers/laws.ts';
import { expectSameBits } from '../helpers/numeric.ts';
import { mapValues } from '../helpers/tensors.ts';
import { drawPlans, results } from '../helpers/trials.ts';

describe('a run with masks, forward and backward, leaves the weights of the layer as they are, bit for bit', () => {
  forEveryScheme(async (trial) => {
    const { layer, inputs } = trial;
    const copies = mapValues(layer.getWeights(), ({ data, shape }) => new Tensor(data.slice(), shape));
    await results(layer, drawPlans(trial), inputs);
    expectSameBits(layer.getWeights(), copies);
  });
});
