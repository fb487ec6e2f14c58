import { distributionName } from '../../masks/distribution.ts';
import { mean, none } from '../../masks/plan.ts';
import { expectSameBits } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { drawPlans, results } from '../white-box/trial.ts';

export const rateZeroIsBareCell: Law = {
  name: 'rate-zero-is-bare-cell',
  says: 'with rate 0 at every site a scheme is the bare cell, bit for bit, in training and in evaluation',
  // A rate that is learned cannot be 0.
  applies: (_, scheme) => scheme.every(({ distribution }) => distributionName(distribution) !== 'concrete'),
  stacks: STACKS,
  runs: 6,
  async check(trial) {
    const { layer, inputs } = trial;
    const scheme = trial.scheme.map((rule) => ({ ...rule, rate: 0 }));
    const bare = await results(layer, none(), inputs);
    expectSameBits(await results(layer, drawPlans({ ...trial, scheme }), inputs), bare);
    expectSameBits(await results(layer, mean(scheme), inputs), bare);
  },
};
