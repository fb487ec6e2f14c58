import { peakRate } from '../../masks/dropout-rate.ts';
import type { InjectedSite } from '../../masks/plan.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { expectTrue, type Results } from '../white-box/compare.ts';
import { type Law, ONE_LAYER } from '../white-box/law.ts';
import { changeMasks, type SavedMask } from '../white-box/plan-masks.ts';
import { generate, mapValues, range } from '../white-box/tensors.ts';
import { drawPlans, forward, makeTrial, type Trial } from '../white-box/trial.ts';

export const everySiteActs: Law = {
  name: 'every-site-acts',
  says: 'at every site of the scheme it makes a difference whether all is kept or dropped; where gates are untied, at each',
  applies: (_, scheme) => scheme.some(({ rate }) => peakRate(rate) > 0),
  stacks: ONE_LAYER,
  runs: 6,
  async check(trial) {
    for (const rule of trial.scheme as readonly SiteRule[]) {
      const gates = rule.tied ? [undefined] : range(0, trial.cell.gates.length);
      for (const gate of gates) {
        const where = gate === undefined ? rule.site : `${rule.site}, gate ${gate}`;
        expectTrue(
          peakRate(rule.rate) === 0 || (await siteActs(trial, rule, gate)),
          `${where}: another result was expected when all is dropped, but the same came`,
        );
      }
    }
  },
};

/** More numbers than relu or a hard sigmoid cut off all of, as they may of a few. */
const MANY = { batch: 4, time: 4, hiddenSize: 8 };

/** Whether a run differs between masks that keep everything at a site and masks that drop it, at all gates or at one. */
export async function siteActs(trial: Trial, rule: SiteRule, gate?: number): Promise<boolean> {
  if (await actsIn(trial, rule, gate)) return true;
  return actsIn(makeTrial(trial.cell, trial.scheme, { ...trial.setting, ...MANY }), rule, gate);
}

async function actsIn(trial: Trial, rule: SiteRule, gate?: number): Promise<boolean> {
  const { layer, inputs } = trial;
  const plans = drawPlans({ ...trial, scheme: [{ ...rule, rate: peakRate(rule.rate) }] });
  const run = (change: (saved: SavedMask) => Partial<InjectedSite> & { mask: Tensor }): Promise<Results> =>
    forward(
      layer,
      plans.map((plan) => changeMasks(plan, change)),
      { ...inputs, lengths: null },
    );
  const kept = await run(({ mask }) => ({ mask: generate(mask.shape, () => 1) }));
  const dropped = await run(({ mask }) => ({
    mask: generate(mask.shape, ([first]) => (gate === undefined || first === gate ? 0 : 1)),
  }));
  const numbers = (all: Results): string => JSON.stringify(mapValues(all, (value) => [...value.toFlat()]));
  return numbers(kept) !== numbers(dropped);
}
