import { distributionName } from '../../../masks/distribution.ts';
import type { Claim } from '../claims.ts';
import { type Finding, isDrop } from '../decoding/findings.ts';
import type { SiteProperty, Verdict } from '../mask-verdict.ts';
import type { Entry } from '../probes/readings.ts';
import { showNumber } from '../show-number.ts';
import { fitOf } from '../statistics/distributions.ts';
import {
  distributionMargin,
  FALSE_ALARM,
  isNoChance,
  isPlausible,
  plausibleShares,
} from '../statistics/false-alarms.ts';
import { PARTINGS, type Parting, partsOf } from '../statistics/partings.ts';

const NAME = 'rate-as-claimed';

/** Values of which the distribution is known no better than this could come from almost any. */
const WIDEST_BOUND = 0.3;

/** Where less than this share of the entries is right, it is the rate that is wrong, and not that of a part. */
const LEAST_RIGHT = 0.2;

/** So many of the parts that are wrong are named. */
const NAMED = 4;

/**
 * The share of drops, or, for masks of numbers, their distribution: of all entries, and of each part of them that can be
 * told, such as those of one unit, or of one sample.
 */
export const rateAsClaimed: SiteProperty = (claim, finding) => {
  if (dropsNothing(finding)) return nothingDropped(claim, finding);
  const isBits = distributionName(claim.distribution) === 'bernoulli';
  const verdict = isBits ? shareOfDrops(claim, finding) : distributionOfValues(claim, finding);
  return wrongParts(claim, finding, isBits ? shareIsWrong : valuesAreWrong) ?? verdict;
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

/** In words, what is wrong with the entries of one of so many parts; null where nothing is, or too little is seen. */
type PartIsWrong = (claim: Claim, part: readonly Entry[], parts: number) => string | null;

const shareIsWrong: PartIsWrong = ({ rate }, part, parts) => {
  const drops = part.reduce((sum, { value }) => sum + (isDrop(value) ? 1 : 0), 0);
  if (isPlausible(drops / part.length, rate, part.length, parts)) return null;
  const share = drops === 0 ? 'none' : showNumber(drops / part.length);
  return `${share} of ${part.length} entries ${drops === 0 ? 'is' : 'are'} dropped`;
};

const valuesAreWrong: PartIsWrong = (claim, part, parts) => {
  if (distributionMargin(part.length, parts) > WIDEST_BOUND) return null;
  const { distance, bound } = fitOf(
    claim,
    part.map(({ value }) => value),
    parts,
  );
  return distance <= bound ? null : `${part.length} values are ${showNumber(distance)} from the claimed distribution`;
};

/** The first way to part the entries in which a part is wrong, and all that is in the others is right; null where there is none. */
function wrongParts(claim: Claim, { draws }: Finding, isWrong: PartIsWrong): Verdict | null {
  for (const parting of PARTINGS) {
    const parts = partsOf(parting, draws);
    const verdicts = parts.map((part) => isWrong(claim, part, parts.length));
    const wrong = parts.flatMap((part, n) =>
      verdicts[n] == null ? [] : [`${verdicts[n]} at ${parting.describe(part[0] as Entry)}`],
    );
    const others = parts.filter((_, n) => verdicts[n] === null).flat();
    if (wrong.length === 0 || others.length < LEAST_RIGHT * draws.length || isWrong(claim, others, 1)) continue;
    const more = wrong.length > NAMED ? `, and so at ${wrong.length} of ${parts.length}` : '';
    const named = wrong.slice(0, NAMED).join(', ');
    const says = `'${claim.site}': ${named}${more}; a rate of ${showNumber(claim.rate)} was expected at each ${parting.of}`;
    return { name: NAME, passed: false, says: `${says} (false alarm below ${FALSE_ALARM})` };
  }
  return null;
}

/** Of how many parts, such as units, too little was seen to tell that nothing is dropped there; and of how many in all. */
export function unseenParts(
  { rate }: Claim,
  { draws, twoValued }: Finding,
  parting: Parting,
): { readonly unseen: number; readonly all: number } {
  const parts = partsOf(parting, draws);
  const seen = parts.filter(({ length }) => !twoValued || isNoChance(1 - rate, length, 2 * parts.length));
  return { unseen: parts.length - seen.length, all: parts.length };
}
