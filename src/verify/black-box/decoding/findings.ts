import { distributionName } from '../../../masks/distribution.ts';
import { isSharedByBatch } from '../../../masks/mask.ts';
import type { Scheme, SiteDropout } from '../../../masks/scheme.ts';
import { SITES, type Site } from '../../../masks/sites.ts';
import type { Claim } from '../claims.ts';
import type { Entry, ReadEntry } from '../probes/readings.ts';
import {
  type Agreement,
  agreementAlong,
  agreementOfShared,
  chanceOfEqual,
  isSame,
  type Pair,
  pairsBetween,
} from '../statistics/agreement.ts';
import { chanceOfTie } from '../statistics/distributions.ts';
import { isNoChance } from '../statistics/false-alarms.ts';
import { type Axis, collapse, groupsAlong, placeOf } from '../statistics/groups.ts';
import { BY_INDEX, ofOneBatchSize, partsOf } from '../statistics/partings.ts';

/** Kept values that are nearer to each other are one: they are read to 10^-5 or so. */
export const NEAR = 2e-3;

/** A factor below this is that of a drop. */
const ZERO = 1e-3;

/** So many standard deviations are far from a rate. */
const FAR = 3;

/** What the masks of one site turned out to be, whatever was claimed. */
export interface Finding {
  readonly site: Site;
  /** One for each independent draw that was seen, as far as sharing was found. */
  readonly draws: readonly Entry[];
  /** The share of drops, and what a kept value is multiplied by (1 for a zone). */
  readonly rate: number;
  readonly kept: number;
  /** Whether each value is a drop or the one kept value, rather than any number. */
  readonly twoValued: boolean;
  /** Whether all kept values are one number. */
  readonly oneKeptValue: boolean;
  /** Where the site leaves values as they are, in words; null where it acts at all places. */
  readonly missing: string | null;
  readonly time: Agreement;
  /** Two readers of one value through one gate. */
  readonly readers: Agreement;
  readonly gates: Agreement;
  readonly samples: Agreement;
  readonly units: Agreement;
  readonly calls: Agreement;
}

/**
 * Look at the masks of a site along each axis. What is shared along one is counted once along the others.
 * @param inPart whether the site may leave values as they are
 * @param claim for the rate that pairs are expected to agree by; the rate that is seen serves where there is none
 */
export function findingOf(site: Site, read: readonly ReadEntry[], claim: Claim | undefined, inPart: boolean): Finding {
  // Where it does not act there is no mask: the rest is judged by itself.
  const all = inPart ? read.filter(({ value }) => !isUntouched(value)) : read;
  const twoValued = claim === undefined || distributionName(claim.distribution) === 'bernoulli';
  // Whether a mask changes in time, or is said to, decides which entries it is fair to count.
  const changes = groupsAlong(all, 'time').some(differ);
  const fair = all.filter((entry) => entry.fair(changes || claim?.scope === 'step' ? 'step' : 'sequence'));
  // What is said to be shared along other axes is one draw, and counts as one.
  const shared = claim ? sharedAxes(claim) : DEFAULT_SHARED;
  const rate = usedRate(claim?.rate, collapse(fair, shared));
  const chance = twoValued || !claim ? chanceOfEqual(rate, rate) : chanceOfTie(claim);
  // At one step a drop may hide what the next one does: only one of the two is then by chance.
  const chanceInTime = twoValued ? Math.max(rate, 1 - rate) : chance;
  let draws: readonly Entry[] = fair;
  const along = (axis: Axis): Agreement => {
    const others = shared.filter((other) => other !== axis);
    const drawn = collapse(draws, others);
    const counted = axis === 'sample' || axis === 'call';
    const given = { chance: axis === 'time' ? chanceInTime : chance, counted };
    // The last sample is of another number in a call of another size.
    const alike = axis === 'sample' ? ofOneBatchSize(drawn) : drawn;
    const places = collapse(draws, readAlong(axis, shared));
    const agreement = shared.includes(axis)
      ? agreementOfShared(places, drawn, axis, given)
      : agreementAlong(alike, axis, given);
    if (agreement.kind === 'same') draws = collapse(draws, [axis]);
    return agreement;
  };
  const time = along('time');
  if (!changes) draws = collapse(draws, ['time']);
  const readers = along('row');
  const gates = along('gate');
  const samples = along('sample');
  const units = along('unit');
  const calls = along('call');
  const kept = all.flatMap(({ value }) => (isDrop(value) ? [] : [value]));
  const middle = median(kept);
  return {
    site,
    draws,
    twoValued,
    missing: inPart ? whereMissing(read) : null,
    time,
    readers,
    gates,
    samples,
    units,
    calls,
    rate: mean(draws.map(({ value }) => (isDrop(value) ? 1 : 0))),
    kept: middle,
    oneKeptValue: kept.every((value) => Math.abs(value - middle) < NEAR * Math.max(1, middle)),
  };
}

/** The axes to leave aside where entries are held against each other along one: other gates, or units, have other readers. */
function readAlong(axis: Axis, shared: readonly Axis[]): Axis[] {
  const readers: readonly Axis[] = axis === 'gate' ? ['row'] : axis === 'unit' ? ['row', 'gate'] : [];
  return readers.filter((reader) => shared.includes(reader));
}

/** The claimed rate, unless far from what is seen: a wrong rate is one fault, and not dependence as well. */
function usedRate(claimed: number | undefined, draws: readonly Entry[]): number {
  const seen = mean(draws.map(({ value }) => (isDrop(value) ? 1 : 0)));
  const p = claimed ?? seen;
  return Math.abs(seen - p) > FAR * Math.sqrt((p * (1 - p)) / Math.max(1, draws.length)) ? seen : p;
}

/** A mask of weights has an entry for each row; any other mask is the same for all that read it. */
const DEFAULT_SHARED: readonly Axis[] = ['row', 'gate'];

/** The axes along which a mask is claimed to be one. */
export function sharedAxes(claim: Claim): Axis[] {
  const { site, scope, tied, shared } = claim;
  const { ofWeights } = SITES[site];
  return [
    ...(ofWeights ? [] : (['row'] as const)),
    ...(!ofWeights && tied ? (['gate'] as const) : []),
    ...(isSharedByBatch(claim) ? (['sample'] as const) : []),
    ...(shared.includes('unit') ? (['unit'] as const) : []),
    ...(scope === 'sequence' ? (['time'] as const) : []),
  ];
}

export function isDrop(value: number): boolean {
  return Math.abs(value) < ZERO;
}

function isUntouched(value: number): boolean {
  return Math.abs(value - 1) < NEAR;
}

/** At which steps, gates, samples and so on a site does not act, if it is a matter of one of these; in words. */
function whereMissing(entries: readonly Entry[]): string {
  for (const parting of BY_INDEX) {
    const parts = partsOf(parting, entries);
    const untouched = parts.filter((part) => part.every(({ value }) => isUntouched(value)));
    const acts = parts.filter((part) => part.every(({ value }) => !isUntouched(value)));
    if (untouched.length === 0 || acts.length === 0 || untouched.length + acts.length < parts.length) continue;
    const names = (some: readonly Entry[][]): string => {
      const all = some.map(([entry]) => parting.describe(entry as Entry).replace(`${parting.of} `, ''));
      return `${parting.of}${all.length > 1 ? 's' : ''} ${all.slice(0, NAMED).join(', ')}${all.length > NAMED ? ' ...' : ''}`;
    };
    return `at ${names(untouched)} nothing is dropped or scaled, at ${names(acts)} it is`;
  }
  const count = entries.filter(({ value }) => isUntouched(value)).length;
  return `${count} of ${entries.length} entries are neither dropped nor scaled, not those of one step, gate, unit, sample or call`;
}

/** So many places are named. */
const NAMED = 8;

/**
 * Whether factors that may be any number are those of one mask: one value besides 0, and one entry for all that read it.
 */
export function isOneMask(entries: readonly Entry[]): boolean {
  const kept = entries.filter(({ value }) => !isDrop(value));
  const middle = median(kept.map(({ value }) => value));
  if (kept.some(({ value }) => Math.abs(value - middle) >= NEAR * Math.max(1, middle))) return false;
  const place = placeOf(entries, ['call', 'sample', 'unit', 'time']);
  const values = new Map<number, number>();
  return entries.every((entry) => {
    const at = place(entry);
    const known = values.get(at) ?? entry.value;
    values.set(at, known);
    return Math.abs(known - entry.value) < NEAR * Math.max(1, middle);
  });
}

function differ(group: readonly Entry[]): boolean {
  return group.some((entry, n) => n > 0 && !isSame([group[0] as Entry, entry] as Pair));
}

/**
 * Two masks next to each other: the same unit, sample and step. One may hide the other, so that only some pairs are seen:
 * whether they are always equal is all that they can tell.
 * @param rates of the two
 */
export function oneMaskOrTwo(pairs: readonly Pair[], ...rates: readonly number[]): 'one mask' | 'two masks' | 'unseen' {
  if (!pairs.every(([one, other]) => isDrop(one.value) === isDrop(other.value))) return 'two masks';
  const chance = Math.max(...rates.flatMap((rate) => [rate, 1 - rate]));
  return isNoChance(chance, pairs.length) ? 'one mask' : 'unseen';
}

/** The masks of two sites. */
export function betweenSites(a: Finding, b: Finding): ReturnType<typeof oneMaskOrTwo> {
  if (!a.twoValued || !b.twoValued) return 'unseen';
  return oneMaskOrTwo(pairsBetween(a.draws, b.draws), a.rate, b.rate);
}

/** What was found, as a scheme. Sites where nothing was dropped are left out. */
export function observedScheme(findings: readonly Finding[], claims: readonly Claim[]): Scheme {
  return findings.flatMap((finding): SiteDropout[] => {
    const { site, rate, kept, twoValued, time, gates, samples, units } = finding;
    if (twoValued && (finding.draws.length === 0 || rate === 0)) return [];
    const claim = claims.find((one) => one.site === site);
    const shared = [
      ...(samples.kind === 'same' && !SITES[site].perBatch ? (['batch'] as const) : []),
      ...(units.kind === 'same' ? (['unit'] as const) : []),
    ];
    const observed: SiteDropout = {
      site,
      rate: twoValued ? Math.round(rate * 1000) / 1000 : (claim?.rate ?? 0),
      scope: 'difference' in time ? 'step' : 'sequence',
      ...(SITES[site].untied
        ? { tied: gates.kind === 'same' || (gates.kind === 'unseen' && (claim?.tied ?? true)) }
        : {}),
      ...(SITES[site].kind === 'multiplies' && twoValued
        ? { scaling: Math.abs(kept - 1) < NEAR ? (claim?.scaling === 'none' ? 'none' : 'literal') : 'inverted' }
        : {}),
      ...(shared.length > 0 ? { shared } : {}),
      ...(twoValued ? {} : { distribution: claim?.distribution ?? 'gaussian' }),
    };
    return [observed];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1;
}
