import { type Extents, key, type Plan, sample, type Tensor, tensor } from 'keepgate';
import type { SiteRule } from '../../src/masks/scheme.ts';
import type { Results } from './numeric.ts';
import { changeMasks, savedMasks } from './plans.ts';
import { generate, mapValues, range } from './tensors.ts';

/**
 * The exact expectation of what a run gives: the sum over all masks of the given rules, each times its probability.
 * There are 2^n masks of n bits, so keep the sizes small.
 */
export async function expectationOf(
  rules: readonly SiteRule[],
  extents: Extents,
  run: (plan: Plan) => Promise<Results>,
): Promise<Results> {
  const template = sample(rules, key(0), extents);
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

/** A list of numbers as a result. */
export function vector(values: readonly number[]): Tensor {
  return tensor(Float64Array.from(values));
}
