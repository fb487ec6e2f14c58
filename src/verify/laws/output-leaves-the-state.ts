import type { Tensor } from '../../tensor/tensor.ts';
import { expectClose, expectSameBits, only } from '../white-box/compare.ts';
import { type Law, ONE_LAYER } from '../white-box/law.ts';
import { generate } from '../white-box/tensors.ts';
import { drawPlans, forward } from '../white-box/trial.ts';

export const outputLeavesTheState: Law = {
  name: 'output-leaves-the-state',
  says: 'a mask of the output multiplies what is handed on, and leaves the carried state as it is, bit for bit',
  applies: (_, scheme) => scheme.some(({ site }) => site === 'output'),
  stacks: ONE_LAYER,
  runs: 6,
  async check(trial) {
    const { layer, inputs } = trial;
    const [plan] = drawPlans(trial);
    const masked = await forward(layer, plan ?? [], inputs);
    const rest = trial.scheme.filter(({ site }) => site !== 'output');
    const bare = await forward(layer, drawPlans({ ...trial, scheme: rest }), inputs);
    expectSameBits(
      only(masked, (name) => name !== 'y'),
      only(bare, (name) => name !== 'y'),
    );

    const mask = plan?.masks.output;
    const y = bare.y as Tensor;
    const wanted = generate(y.shape, ([row = 0, time = 0, unit = 0]) => {
      const factor = mask ? mask.scale * mask.at({ gate: 0, time, row, unit }) : 1;
      return factor * y.at(row, time, unit);
    });
    expectClose({ y: masked.y as Tensor }, { y: wanted }, 1e-12);
  },
};
