import { none } from '../../masks/plan.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import { SITES } from '../../masks/sites.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { expectSameBits } from '../white-box/compare.ts';
import { isBernoulli, type Law, ONE_LAYER } from '../white-box/law.ts';
import { generate } from '../white-box/tensors.ts';
import { drawPlans, forward } from '../white-box/trial.ts';

export const zoneHoldsTheState: Law = {
  name: 'zone-holds-the-state',
  says: 'after a step a unit that a zone drops has its former state, and any other the state of the bare cell, bit for bit',
  applies: (_, scheme) => scheme.some(isZone),
  stacks: ONE_LAYER,
  runs: 6,
  sizes: () => ({ time: 1 }),
  async check(trial) {
    const { cell, layer, inputs } = trial;
    const scheme = (trial.scheme as readonly SiteRule[]).filter(isZone);
    const [plan] = drawPlans({ ...trial, scheme });
    const step = { ...inputs, lengths: null };
    const bare = await forward(layer, none(), step);
    const zoned = await forward(layer, plan ?? none(), step);
    const masks = Object.values(plan?.masks ?? {});
    for (const part of cell.carries) {
      const mask = masks.find(({ rule }) => part === (rule.site === 'zoneHidden' ? 'h' : cell.carries.at(-1)));
      // h reads the cell before its zone blends it, so a part without a zone of its own is the bare cell's.
      const [fresh, old] = [bare[part] as Tensor, inputs.state[part] as Tensor];
      const wanted = generate(fresh.shape, ([row = 0, unit = 0]) =>
        mask?.at({ gate: 0, time: 0, row, unit }) === 0 ? old.at(row, unit) : fresh.at(row, unit),
      );
      expectSameBits({ [part]: zoned[part] as Tensor }, { [part]: wanted });
    }
  },
};

function isZone(rule: SiteRule): boolean {
  return SITES[rule.site].kind === 'zone' && isBernoulli(rule);
}
