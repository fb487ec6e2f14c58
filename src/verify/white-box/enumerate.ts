import type { Extents } from '../../masks/mask.ts';
import { type Plan, sample } from '../../masks/plan.ts';
import type { Scheme } from '../../masks/scheme.ts';
import { key } from '../../random/key.ts';
import type { Results } from './compare.ts';
import { changeMasks, savedMasks } from './plan-masks.ts';
import { generate, mapValues, range } from './tensors.ts';

/**
 * The exact expectation of what a run gives: the sum over all masks of zeros and ones of a scheme, each times its
 * probability. There are 2^n masks of n bits, so keep the sizes small.
 */
export async function expectationOf(
  scheme: Scheme,
  extents: Extents,
  run: (plan: Plan) => Promise<Results>,
): Promise<Results> {
  const template = sample(scheme, key(0), extents);
  const rates = savedMasks(template).flatMap(({ mask, rule }) => Array.from(mask.toFlat(), () => rule.rate));
  let total: Results | undefined;
  for (const word of range(0, 2 ** rates.length)) {
    const bits = rates.map((_, i) => (word >> i) & 1);
    const probability = rates.reduce((product, rate, i) => product * (bits[i] === 1 ? 1 - rate : rate), 1);
    const rest = bits.values();
    const plan = changeMasks(template, ({ mask }) => ({
      mask: generate(mask.shape, () => rest.next().value as number),
    }));
    total = add(total, await run(plan), probability);
  }
  return total as Results;
}

function add(total: Results | undefined, results: Results, weight: number): Results {
  return mapValues(results, (value, name) =>
    generate(value.shape, (index) => (total?.[name]?.at(...index) ?? 0) + weight * value.at(...index)),
  );
}
