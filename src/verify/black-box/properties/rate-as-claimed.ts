import { distributionName } from '../../../masks/distribution.ts';
import type { Claim } from '../claims.ts';
import { type Finding, isDrop } from '../decoding/findings.ts';
import type { SiteProperty, Verdict } from '../mask-verdict.ts';
import { showNumber } from '../show-number.ts';
import { fitOf } from '../statistics/distributions.ts';
import { FALSE_ALARM, isNoChance, plausibleShares } from '../statistics/false-alarms.ts';

const NAME = 'rate-as-claimed';

/** Values of which the distribution is known no better than this could come from almost any. */
const WIDEST_BOUND = 0.3;

/** The share of drops, or, for masks of numbers, their distribution. */
export const rateAsClaimed: SiteProperty = (claim, finding) => {
  if (dropsNothing(finding)) return nothingDropped(claim, finding);
  return distributionName(claim.distribution) === 'bernoulli'
    ? shareOfDrops(claim, finding)
    : distributionOfValues(claim, finding);
};

/** Whether a mask of zeros and ones has no zero: then there is no mask to look at. */
export function dropsNothing({ twoValued, draws }: Finding): boolean {
  return twoValued && draws.every(({ value }) => !isDrop(value));
}

function nothingDropped({ site, rate }: Claim, { draws }: Finding): Verdict | null {
  if (!isNoChance(1 - rate, draws.length)) return null;
  const says = `'${site}': ${showNumber(rate)} was expected, but none of ${draws.length} entries is dropped`;
  return { name: NAME, passed: false, says };
}

function shareOfDrops({ site, rate }: Claim, { draws, rate: seen }: Finding): Verdict | null {
  const n = draws.length;
  const [least, most] = plausibleShares(rate, n);
  // A count that could not tell the rate from none at all shows nothing.
  if (least === 0) return null;
  const passed = seen >= least && seen <= most;
  const kept = 1 - seen >= least && 1 - seen <= most && !passed ? ': that is the share to keep' : '';
  const says = `'${site}': ${showNumber(seen)} of ${n} entries are dropped, ${showNumber(rate)} was expected, from ${showNumber(least)} to ${showNumber(most)}${kept}`;
  return { name: NAME, passed, says: `${says} (false alarm below ${FALSE_ALARM})` };
}

function distributionOfValues(claim: Claim, { draws }: Finding): Verdict | null {
  const values = draws.map(({ value }) => value);
  const fit = fitOf(claim, values);
  if (fit.bound > WIDEST_BOUND) return null;
  const passed = fit.distance <= fit.bound;
  const says = `'${claim.site}': ${values.length} values are ${showNumber(fit.distance)} from the claimed distribution, at most ${showNumber(fit.bound)} was expected`;
  return { name: NAME, passed, says };
}
