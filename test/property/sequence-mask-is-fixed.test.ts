import type { InjectedSite, Tensor } from 'keepgate';
import { describe, expect } from 'vitest';
import { forEveryScheme } from '../helpers/laws.ts';
import { expectSameBits } from '../helpers/numeric.ts';
import { changeMasks, type SavedMask } from '../helpers/plans.ts';
import { generate } from '../helpers/tensors.ts';
import { drawPlans, results } from '../helpers/trials.ts';

/** A mask [B,n] or [G,B,n] written out for each step, [B,T,n] or [G,B,T,n]. The weight's is for no step. */
function repeatedAtEachStep(saved: SavedMask, time: number): Partial<InjectedSite> & { mask: Tensor } {
  const { mask, rule, batchAxis } = saved;
  if (rule.scope === 'step' || batchAxis === null) return { mask };
  const timeAxis = batchAxis + 1;
  const shape = mask.shape.toSpliced(timeAxis, 0, time);
  return { scope: 'step', mask: generate(shape, (index) => mask.at(...index.toSpliced(timeAxis, 1))) };
}

describe('a sequence mask has no time axis, and is the same as a mask per step that repeats it, bit for bit', () => {
  forEveryScheme(async ({ layer, inputs, time, ...trial }) => {
    const plans = drawPlans({ layer, inputs, time, ...trial });
    for (const { rule, sizes, strides } of plans.flatMap(({ masks }) => Object.values(masks))) {
      if (rule.scope === 'sequence') expect([sizes.time, strides.time]).toEqual([1, 0]);
    }
    const repeated = plans.map((plan) => changeMasks(plan, (saved) => repeatedAtEachStep(saved, time)));
    expectSameBits(await results(layer, plans, inputs), await results(layer, repeated, inputs));
  });
});
