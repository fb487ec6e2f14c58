import type { Entry } from '../probes/readings.ts';
import { RESOLUTION } from './distributions.ts';
import { isNoChance, isPlausible } from './false-alarms.ts';
import { type Axis, groupsAlong, placeOf } from './groups.ts';
import { wordFor } from './partings.ts';

/** How entries of masks stand to each other along an axis, over many pairs of them. */
export type Agreement =
  /** Always equal, and too often for chance. */
  | { readonly kind: 'same'; readonly pairs: number }
  /** Some differ; but at some places of the axis they agree, or differ, more often than chance has it. */
  | {
      readonly kind: 'dependent';
      readonly pairs: number;
      readonly equal: number;
      readonly expected: number;
      /** Which places, in words. */
      readonly at: string;
      readonly difference: Pair;
    }
  | {
      readonly kind: 'independent';
      readonly pairs: number;
      readonly difference: Pair;
      /** Of how many pairs of places too little was seen to say, and of how many it could have been. */
      readonly unseen: number;
      readonly places: number;
    }
  /** Too few pairs to say. */
  | { readonly kind: 'unseen'; readonly pairs: number };

export type Pair = readonly [Entry, Entry];

/** The chance that two independent entries with these drop rates are equal. */
export function chanceOfEqual(p: number, q: number): number {
  return p * q + (1 - p) * (1 - q);
}

export function isSame([a, b]: Pair): boolean {
  return Math.abs(a.value - b.value) < RESOLUTION;
}

/** What is known of pairs along an axis before they are looked at. */
export interface PairChance {
  /** That two of a pair are equal when they are independent, at most. */
  readonly chance: number;
  /**
   * Whether pairs are seen whatever their values are, so that their share can be counted: of two samples, or two calls.
   * Within one sample a mask may hide the next, and only some pairs are seen: that all agree is all that they can tell.
   */
  readonly counted: boolean;
}

/**
 * How entries along an axis stand to each other: each two places of it, as a mask may be shared by some of them alone; and
 * all places that are as far apart together, or as far from the two ends, as each two may be seen too rarely.
 */
export function agreementAlong(entries: readonly Entry[], axis: Axis, given: PairChance): Agreement {
  const groups = groupsAlong(entries, axis);
  const difference = firstDifference(groups);
  if (!difference) return allEqual(groups, given);
  const size = 1 + entries.reduce((most, entry) => Math.max(most, entry[axis]), 0);
  const first = entries.reduce((least, entry) => Math.min(least, entry[axis]), size);
  const word = wordFor(axis);
  const counts = countPairs(groups, axis, size - first, first);
  const families: readonly (readonly [Counts, (n: number) => string])[] = [
    [counts.apart, (n) => `${word}s that are ${n >> 1} apart`],
    [counts.mirrored, (n) => `${word}s ${first} and ${first + n}, and so on inwards`],
    [counts.each, (n) => `${word}s ${first + Math.floor(n / counts.side)} and ${first + (n % counts.side)}`],
  ];
  const found = families.flatMap(([family, at]) => {
    const n = mostDependent(family, given);
    if (n < 0) return [];
    const pairs = family.pairs[n] as number;
    return [{ pairs, equal: (family.equal[n] as number) / pairs, at: at(n) }];
  });
  const [clearest] = found.sort((a, b) => b.equal - a.equal);
  if (clearest) return { kind: 'dependent', ...clearest, expected: given.chance, difference };
  const pairs = counts.each.pairs.reduce((sum, seen) => sum + seen, 0);
  return { kind: 'independent', pairs, difference, ...unseenOf(counts, given) };
}

/**
 * How entries stand to each other along an axis that is claimed to be shared: one difference is enough.
 * @param places entries of which those that differ along the axis alone are at one place
 * @param draws one for all that are claimed to be shared along the other axes, so that chance can be counted
 */
export function agreementOfShared(
  places: readonly Entry[],
  draws: readonly Entry[],
  axis: Axis,
  given: PairChance,
): Agreement {
  const difference = firstDifference(groupsAlong(places, axis));
  if (!difference) return allEqual(groupsAlong(draws, axis), given);
  return { kind: 'independent', pairs: places.length, difference, unseen: 0, places: 0 };
}

function allEqual(groups: readonly (readonly Entry[])[], { chance }: PairChance): Agreement {
  const pairs = groups.reduce((sum, group) => sum + Math.floor(group.length / 2), 0);
  return { kind: isNoChance(chance, pairs) ? 'same' : 'unseen', pairs };
}

function firstDifference(groups: readonly (readonly Entry[])[]): Pair | undefined {
  for (const [one, ...others] of groups) {
    const other = others.find((entry) => !isSame([one as Entry, entry]));
    if (other) return [one as Entry, other];
  }
  return undefined;
}

/** Pairs by what they are pairs of: how many there are, and how many of them are equal. */
interface Counts {
  readonly pairs: Float64Array;
  readonly equal: Float64Array;
}

interface PairCounts {
  /** How many places there are, of which the first and the second of a pair are the row and the column in `each`. */
  readonly side: number;
  readonly each: Counts;
  /**
   * By twice the distance, and one more for each second pair of a row of them: so no place is in two pairs of a number, and
   * pairs are independent where entries are.
   */
  readonly apart: Counts;
  /** Places as far from the first as from the last, by the number of the last. */
  readonly mirrored: Counts;
}

function countPairs(groups: readonly (readonly Entry[])[], axis: Axis, side: number, first: number): PairCounts {
  const countsOf = (length: number): Counts => ({ pairs: new Float64Array(length), equal: new Float64Array(length) });
  const [each, apart, mirrored] = [countsOf(side * side), countsOf(2 * side), countsOf(side)];
  const add = ({ pairs, equal }: Counts, at: number, same: number): void => {
    pairs[at] = (pairs[at] as number) + 1;
    equal[at] = (equal[at] as number) + same;
  };
  for (const group of groups) {
    for (let n = 0; n < group.length; n++) {
      const one = group[n] as Entry;
      const a = one[axis] - first;
      for (let m = n + 1; m < group.length; m++) {
        const other = group[m] as Entry;
        const b = other[axis] - first;
        const same = Math.abs(one.value - other.value) < RESOLUTION ? 1 : 0;
        add(each, a * side + b, same);
        add(apart, 2 * (b - a) + (Math.floor(a / (b - a)) % 2), same);
        if (a + b === side - 1) add(mirrored, side - 1, same);
      }
    }
  }
  return { side, each, apart, mirrored };
}

/** The number of what agrees most against chance, or -1 where all of a family agree as chance has it. */
function mostDependent({ pairs, equal }: Counts, { chance, counted }: PairChance): number {
  const among = pairs.reduce((sum, seen) => sum + (seen > 0 ? 1 : 0), 0);
  let [found, most] = [-1, 0];
  for (let n = 0; n < pairs.length; n++) {
    const seen = pairs[n] as number;
    if (seen === 0) continue;
    const share = (equal[n] as number) / seen;
    const wrong = share === 1 ? isNoChance(chance, seen, among) : counted && !isPlausible(share, chance, seen, among);
    if (wrong && seen > most) [found, most] = [n, seen];
  }
  return found;
}

/** Of how many pairs of places nothing could be said even if they always agreed. */
function unseenOf(
  { each, side }: PairCounts,
  { chance }: PairChance,
): { readonly unseen: number; readonly places: number } {
  const places = (side * (side - 1)) / 2;
  const seen = each.pairs.reduce((sum, pairs) => sum + (isNoChance(chance, pairs, places) ? 1 : 0), 0);
  return { unseen: places - seen, places };
}

/** Pairs of two masks at the same place: the same call, sample, unit and step. */
export function pairsBetween(a: readonly Entry[], b: readonly Entry[]): Pair[] {
  const place = placeOf([...a, ...b], ['call', 'sample', 'unit', 'time']);
  const byPlace = new Map(b.map((entry) => [place(entry), entry]));
  const used = new Set<number>();
  return a.flatMap((entry) => {
    const at = place(entry);
    const other = byPlace.get(at);
    if (!other || used.has(at)) return [];
    used.add(at);
    return [[entry, other] as const];
  });
}
