import type { Plan } from '../../masks/plan.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { expectSameBits, type Results } from '../white-box/compare.ts';
import { type Law, STACKS } from '../white-box/law.ts';
import { type SavedMask, savedMasks } from '../white-box/plan-masks.ts';
import { range, take } from '../white-box/tensors.ts';
import { drawPlans } from '../white-box/trial.ts';

export const sharding: Law = {
  name: 'sharding',
  says: 'the plan of a shard has the rows of the plan of the whole batch',
  applies: () => true,
  stacks: STACKS,
  runs: 6,
  check(trial) {
    const { layer, scheme, key, batch, time } = trial;
    const plans = drawPlans(trial);
    for (const sample of range(0, batch)) {
      const shard = layer.sample(scheme, key, { batch: batch - sample, time, first: { sample } });
      for (const [lane, plan] of shard.entries()) {
        expectSameBits(masksOf(plan, 0), masksOf(plans[lane] as Plan, sample));
      }
    }
  },
};

/** The masks that belong to the samples from one on. What is shared by all samples is the same for all. */
function masksOf(plan: Plan, first: number): Results {
  const rows = ({ mask, ofSamples, rowAxis }: SavedMask): Tensor =>
    ofSamples ? take(mask, rowAxis, range(first, mask.shape[rowAxis] as number)) : mask;
  return Object.fromEntries(savedMasks(plan).map((saved) => [saved.site, rows(saved)]));
}
