import { expectNumber, optionsOf } from '../checks.ts';
import { OptionError, show } from '../errors.ts';
import type { DistributionName } from './sites.ts';

/**
 * What the entries of a mask are drawn from. 'bernoulli' (the default): 0 or 1. 'gaussian': numbers of mean 1 and of the
 * Bernoulli's variance, p / (1 - p). {@link Concrete}: numbers in (0, 1), of which the rate can be learned.
 */
export type Distribution = Exclude<DistributionName, 'concrete'> | Concrete;

/** A Bernoulli that is relaxed, so that the loss has a gradient by the rate (Gal, Hron and Kendall 2017). */
export interface Concrete {
  readonly name: 'concrete';
  /** How far from 0 and 1 the entries are: towards 0 they become a Bernoulli's. */
  readonly temperature: number;
  /** What the weights behind the site cost: this times their squares' sum over 1 - p. */
  readonly weightRegularizer: number;
  /** What the negative entropy of the rate costs, for each unit. */
  readonly dropoutRegularizer: number;
}

export function distributionName(distribution: Distribution): DistributionName {
  return typeof distribution === 'string' ? distribution : distribution.name;
}

/** @throws OptionError unless it is a distribution, with numbers that it can have */
export function expectDistribution(who: string, distribution: Distribution): void {
  if (distribution === 'bernoulli' || distribution === 'gaussian') return;
  if (typeof distribution !== 'object' || distribution === null || distribution.name !== 'concrete') {
    throw new OptionError(
      `${who}: a distribution of 'bernoulli', 'gaussian' or { name: 'concrete', ... } was expected, but ${show(distribution)} came`,
    );
  }
  const { temperature, weightRegularizer, dropoutRegularizer } = optionsOf(`${who}: concrete`, distribution, {
    name: true,
    temperature: true,
    weightRegularizer: true,
    dropoutRegularizer: true,
  });
  for (const [option, value] of Object.entries({ temperature, weightRegularizer, dropoutRegularizer })) {
    expectNumber(who, option, value);
  }
  if (temperature === 0) {
    throw new OptionError(`${who}: a temperature above 0 was expected, but 0 came; use a distribution of 'bernoulli'`);
  }
}
