import type { Plan, Tensor } from 'keepgate';
import { describe } from 'vitest';
import { forEveryScheme } from '../helpers/laws.ts';
import { expectSameBits, type Results } from '../helpers/numeric.ts';
import { type SavedMask, savedMasks } from '../helpers/plans.ts';
import { range, take } from '../helpers/tensors.ts';
import { drawPlans } from '../helpers/trials.ts';

/** The masks that belong to some samples of a batch. A weight's are the same for all. */
function masksOf(plan: Plan, samples: readonly number[]): Results {
  const rows = ({ mask, batchAxis }: SavedMask): Tensor => (batchAxis === null ? mask : take(mask, batchAxis, samples));
  return Object.fromEntries(savedMasks(plan).map((saved) => [saved.site, rows(saved)]));
}

describe('the plan of a shard has the rows of the plan of the whole batch', () => {
  forEveryScheme((trial) => {
    const { layer, scheme, key, batch, time } = trial;
    const whole = drawPlans(trial);
    for (const sample of range(0, batch)) {
      const shard = layer.sample(scheme, key, { batch: batch - sample, time, first: { sample } });
      for (const [lane, plan] of shard.entries()) {
        const all = range(0, batch - sample);
        expectSameBits(masksOf(plan, all), masksOf(whole[lane] as Plan, range(sample, batch)));
      }
    }
  });
});
