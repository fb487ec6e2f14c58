import { kernel } from '../../engines/kernel.ts';
import type { Factor, Handle, Ops } from '../../engines/ops.ts';
import { type Concrete, distributionName } from '../../masks/distribution.ts';
import type { Mask } from '../../masks/mask.ts';
import type { MaskRule, SiteRule } from '../../masks/scheme.ts';
import type { Site } from '../../masks/sites.ts';
import { addTimes, squareSum } from '../../sequence/arithmetic.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { WeightSpec } from '../weight-spec.ts';

/*
 * Concrete dropout (Gal, Hron and Kendall 2017, arXiv:1705.07832): the rate p of a site is learned, as one weight,
 * its logit ℓ. The factor of an entry is f = (1 - d) / (1 - p), where d = σ((ℓ + noise) / temperature). With
 * dp/dℓ = p (1 - p) it follows that
 *
 *     df/dℓ = f (p - d / temperature)
 *
 * and all of it is known on the host once the mask is drawn. The noise is that of the mask's key.
 */

const NAME = '_rate_logit';

/** A rule whose rate is learned. */
export type LearnedRule = MaskRule & { readonly distribution: Concrete };

/** The rules whose rates are learned: `resolveScheme` has seen to it that they start above 0. */
export function learnedRules(rules: readonly SiteRule[]): readonly LearnedRule[] {
  return rules.filter(isLearned);
}

function isLearned(rule: SiteRule): rule is LearnedRule {
  return distributionName(rule.distribution) === 'concrete';
}

/** The name of the weight that is the logit of a site's rate. */
export function rateLogitName(site: Site, suffix = ''): string {
  return `${site}${NAME}${suffix}`;
}

/** The name of the site instead of that of its weight: `1.input_l0`. */
export function learnedSite(weightName: string): string {
  return weightName.replace(NAME, '');
}

/** The largest number of float32 below 1, and the smallest above 0 of float64. */
const [LARGEST, SMALLEST] = [1 - 2 ** -24, Number.MIN_VALUE];

/**
 * The rate of a logit, in (0, 1): where rounding would make it 0 or 1 it is next to that. A model that has learned so is
 * still one that predicts, and a rate of 1 would divide by 0.
 */
export function rateOfLogit(logit: number): number {
  return Math.min(LARGEST, Math.max(SMALLEST, 1 / (1 + Math.exp(-logit))));
}

/** The logits of the rates of such rules, by the name of their weight, [1] each. They start where the rules say. */
export function rateLogits(rules: readonly LearnedRule[], suffix = ''): Record<string, WeightSpec> {
  return Object.fromEntries(rules.map(({ site, rate }) => [rateLogitName(site, suffix), rateLogit(rate)]));
}

function rateLogit(rate: number): WeightSpec {
  const logit = Math.log(rate) - Math.log1p(-rate);
  return { shape: [1], init: () => new Tensor(Float64Array.of(logit), [1]), role: 'rateLogit', decays: false };
}

/** The rules with the rates that they have learned so far. */
export function atLearnedRates(
  rules: readonly SiteRule[],
  learned: Readonly<Record<string, number>>,
  suffix = '',
): readonly SiteRule[] {
  if (!rules.some(isLearned)) return rules;
  return rules.map((rule) => ({ ...rule, rate: learned[rateLogitName(rule.site, suffix)] ?? rule.rate }));
}

/** A mask that was drawn from a concrete distribution. */
export type ConcreteMask = Mask & { readonly rule: LearnedRule };

/** The concrete masks of a plan: none of them in evaluation. */
export function concreteMasks(masks: Readonly<Partial<Record<Site, Mask>>>): readonly ConcreteMask[] {
  return Object.values(masks).filter((mask): mask is ConcreteMask => isLearned(mask.rule));
}

/** df/dℓ by entry of a mask. */
export function slopeOf(mask: ConcreteMask): Factor {
  const relative = relativeSlopeOf(mask);
  const values = relative.values.map((slope, i) => slope * (mask.values[i] as number) * mask.scale);
  return { ...relative, values };
}

/** (df/dℓ) / f by entry of a mask. */
export function relativeSlopeOf({ rule, values, scale, strides }: ConcreteMask): Factor {
  const { rate, distribution } = rule;
  const slopes = Float32Array.from(values, (value) => {
    const dropped = 1 - value * scale * (1 - rate);
    return rate - dropped / distribution.temperature;
  });
  return { values: slopes, scale: 1, strides };
}

/**
 * What a learned rate costs: weightRegularizer ||W||² / (1 - p) + dropoutRegularizer D (p log p + (1 - p) log(1 - p)).
 * @param units D, the width of what is dropped
 * @param weight W, the matrix behind the site, if there is one
 */
export function rateCost(
  ops: Ops,
  { rate, distribution }: LearnedRule,
  units: number,
  weight: Handle | null,
): {
  /** [1] */
  penalty(): Handle;
  /** The gradient by the logit, [1], with that of the cost added. */
  addToLogit(grad: Handle): Handle;
  /** The gradient by W, with that of the cost added. */
  addToWeight(grad: Handle): Handle;
} {
  const { weightRegularizer, dropoutRegularizer } = distribution;
  const kept = 1 - rate;
  const plus = (x: Handle, perSquare: number, constant: number): Handle => {
    const squares = weight ? squareSum(ops, weight, 1) : ops.zeros([1]);
    return ops.run(costKernel, { inputs: { x, squares }, scalars: { perSquare, constant } }).sum;
  };
  return {
    penalty() {
      const entropy = -(rate * Math.log(rate) + kept * Math.log(kept));
      return plus(ops.zeros([1]), weightRegularizer / kept, -dropoutRegularizer * units * entropy);
    },
    addToLogit(grad) {
      const logit = Math.log(rate) - Math.log(kept);
      return plus(grad, (weightRegularizer * rate) / kept, dropoutRegularizer * units * logit * rate * kept);
    },
    addToWeight: (grad) => (weight ? addTimes(ops, grad, (2 * weightRegularizer) / kept, weight) : grad),
  };
}

const costKernel = kernel({
  name: 'rateCost',
  inputs: { x: ['x'], squares: ['squares'] },
  scalars: ['perSquare', 'constant'],
  outputs: { sum: ['sum'] },
  body: ({ add, mul }, v) => ({ sum: add(v.x, add(mul(v.perSquare, v.squares), v.constant)) }),
});
