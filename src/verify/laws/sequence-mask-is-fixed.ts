import type { InjectedSite } from '../../masks/plan.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { expectSameBits, expectTrue } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { changeMasks, type SavedMask } from '../white-box/plan-masks.ts';
import { generate } from '../white-box/tensors.ts';
import { drawPlans, results } from '../white-box/trial.ts';

export const sequenceMaskIsFixed: Law = {
  name: 'sequence-mask-is-fixed',
  says: 'a sequence mask has no time axis, and is the same as a mask per step that repeats it, bit for bit',
  applies: () => true,
  stacks: STACKS,
  runs: 6,
  async check(trial) {
    const { layer, inputs, time } = trial;
    const plans = drawPlans(trial);
    for (const { rule, sizes, strides } of plans.flatMap(({ masks }) => Object.values(masks))) {
      const isFixed = sizes.time === 1 && strides.time === 0;
      expectTrue(
        rule.scope === 'step' || isFixed,
        `${rule.site}: one step of stride 0 was expected, but ${sizes.time} of stride ${strides.time} came`,
      );
    }
    const repeated = plans.map((plan) => changeMasks(plan, (saved) => repeatedAtEachStep(saved, time)));
    expectSameBits(await results(layer, plans, inputs), await results(layer, repeated, inputs));
  },
};

/** A mask [B,n] or [G,B,n] written out for each step, [B,T,n] or [G,B,T,n]. The weight's is for no step. */
function repeatedAtEachStep(saved: SavedMask, time: number): Partial<InjectedSite> & { mask: Tensor } {
  const { site, mask, rule, rowAxis } = saved;
  if (rule.scope === 'step' || site === 'weight') return { mask };
  const timeAxis = rowAxis + 1;
  const shape = mask.shape.toSpliced(timeAxis, 0, time);
  return { scope: 'step', mask: generate(shape, (index) => mask.at(...index.toSpliced(timeAxis, 1))) };
}
