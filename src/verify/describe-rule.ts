import { type Distribution, distributionName } from '../masks/distribution.ts';
import type { Scheme, SiteDropout } from '../masks/scheme.ts';
import { SITES } from '../masks/sites.ts';

/** A scheme in words: `input 0.25, fixed; recurrent 0.25, fixed, a mask a gate`. */
export function describeScheme(scheme: Scheme): string {
  return scheme.length === 0 ? 'nothing' : scheme.map((rule) => `${rule.site} ${describeRule(rule)}`).join('; ');
}

/** What happens at a site, in words: `0.25, at each step, literal`. What is the default of every site is left out. */
export function describeRule(rule: SiteDropout): string {
  const { site, rate, scope, tied, scaling, shared, stream, distribution = 'bernoulli' } = rule;
  const { kind, scopes } = SITES[site];
  const isScaled = kind === 'multiplies' && scaling !== undefined && scaling !== 'inverted';
  return [
    describeRate(rate),
    ...(scopes.length === 1 ? [] : [scope === 'step' ? 'at each step' : 'fixed']),
    ...(tied === false ? ['a mask a gate'] : []),
    ...(isScaled ? [scaling === 'none' ? 'not scaled' : scaling] : []),
    ...(shared && shared.length > 0 ? [`one for every ${shared.join(' and ')}`] : []),
    ...(stream !== undefined && stream !== site ? [`of the stream ${stream}`] : []),
    ...describeDistribution(distribution),
  ].join(', ');
}

function describeRate(rate: SiteDropout['rate']): string {
  if (typeof rate === 'number') return String(Math.round(rate * 1000) / 1000);
  return `${rate.schedule} ${rate.rate} (gamma ${rate.gamma})`;
}

function describeDistribution(distribution: Distribution): readonly string[] {
  const name = distributionName(distribution);
  return name === 'bernoulli' ? [] : [name];
}
