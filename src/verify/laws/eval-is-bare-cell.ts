import { mean, none } from '../../masks/plan.ts';
import { SITES } from '../../masks/sites.ts';
import { expectSameBits } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { results } from '../white-box/trial.ts';

export const evalIsBareCell: Law = {
  name: 'eval-is-bare-cell',
  says: 'in evaluation an inverted scheme is the bare cell, bit for bit',
  // Zones mix the states in evaluation, and literal scaling multiplies: they are not the bare cell.
  applies: (_, scheme) =>
    scheme.every(({ site, scaling }) => SITES[site].kind === 'multiplies' && scaling !== 'literal'),
  stacks: STACKS,
  runs: 6,
  async check({ layer, scheme, inputs }) {
    expectSameBits(await results(layer, mean(scheme), inputs), await results(layer, none(), inputs));
  },
};
