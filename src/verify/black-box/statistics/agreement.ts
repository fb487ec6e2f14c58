import type { Entry } from '../probes/readings.ts';
import { RESOLUTION } from './distributions.ts';
import { isNoChance, plausibleShares } from './false-alarms.ts';

/** How two entries of masks stand to each other, over many pairs of them. */
export type Agreement =
  /** Always equal, and too often for chance. */
  | { readonly kind: 'same'; readonly pairs: number }
  /** Neither always equal nor equal as often as chance has it. */
  | {
      readonly kind: 'dependent';
      readonly pairs: number;
      readonly equal: number;
      readonly expected: number;
      readonly difference: Pair;
    }
  /** Always equal at two places of the axis, and not at others. */
  | {
      readonly kind: 'partly';
      readonly pairs: number;
      readonly at: readonly [number, number];
      readonly difference: Pair;
    }
  | { readonly kind: 'independent'; readonly pairs: number; readonly difference: Pair }
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

/** @param chance that two of a pair are equal when they are independent, at most */
function agreementOf(pairs: readonly Pair[], chance: number): Agreement {
  const difference = pairs.find((pair) => !isSame(pair));
  if (difference) return { kind: 'independent', pairs: pairs.length, difference };
  return { kind: isNoChance(chance, pairs.length) ? 'same' : 'unseen', pairs: pairs.length };
}

/**
 * The same where pairs are seen whatever their values are, so that their share can be counted: of two samples, or two
 * calls. Within one sample a mask may hide the next, and only some pairs are seen.
 */
export function countedAgreement(pairs: readonly Pair[], chance: number): Agreement {
  const found = agreementOf(pairs, chance);
  if (found.kind !== 'independent') return found;
  const equal = pairs.filter(isSame).length / pairs.length;
  const [least, most] = plausibleShares(chance, pairs.length);
  return equal >= least && equal <= most ? found : { ...found, kind: 'dependent', equal, expected: chance };
}

export type Axis = 'call' | 'gate' | 'unit' | 'row' | 'sample' | 'time';
const AXES: readonly Axis[] = ['call', 'gate', 'unit', 'row', 'sample', 'time'];

/** Entries that differ along one axis alone, group by group, in the order of that axis. */
export function groupsAlong(entries: readonly Entry[], axis: Axis): Entry[][] {
  const others = AXES.filter((name) => name !== axis);
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const place = others.map((name) => entry[name]).join(' ');
    const group = groups.get(place);
    if (group) group.push(entry);
    else groups.set(place, [entry]);
  }
  for (const group of groups.values()) group.sort((a, b) => a[axis] - b[axis]);
  return [...groups.values()];
}

/** Pairs of neighbours along an axis, no entry in two of them: they are independent where the entries are. */
export function pairsAlong(entries: readonly Entry[], axis: Axis): Pair[] {
  return groupsAlong(entries, axis).flatMap((group) =>
    group.flatMap((entry, n) => (n % 2 === 1 ? [[group[n - 1] as Entry, entry] as const] : [])),
  );
}

/**
 * How entries along an axis stand to each other: neighbours first, all together; then each two places of the axis, as a
 * mask may be shared by some of them alone.
 */
export function agreementAlong(entries: readonly Entry[], axis: Axis, chance: number): Agreement {
  const together = agreementOf(pairsAlong(entries, axis), chance);
  if (together.kind !== 'independent') return together;
  const byPlaces = new Map<string, Pair[]>();
  for (const group of groupsAlong(entries, axis)) {
    for (const [n, first] of group.entries()) {
      for (const second of group.slice(n + 1, n + 1 + REACH)) {
        const places = `${first[axis]} ${second[axis]}`;
        const pairs = byPlaces.get(places);
        if (pairs) pairs.push([first, second]);
        else byPlaces.set(places, [[first, second]]);
      }
    }
  }
  for (const [[first, second] = [], ...rest] of byPlaces.values()) {
    if (!first || !second || agreementOf([[first, second], ...rest], chance).kind !== 'same') continue;
    const { difference } = together;
    return { kind: 'partly', pairs: rest.length + 1, at: [first[axis], second[axis]], difference };
  }
  return together;
}

/** How far apart two places of an axis are compared: all gates and steps, and units near each other. */
const REACH = 4;

/** One entry for all that are shared along an axis. */
export function collapse(entries: readonly Entry[], axis: Axis): Entry[] {
  return groupsAlong(entries, axis).map(([first]) => ({ ...(first as Entry), [axis]: 0 }));
}

/** Pairs of two masks at the same place: the same call, sample, unit and step. */
export function pairsBetween(a: readonly Entry[], b: readonly Entry[]): Pair[] {
  const place = ({ call, sample, unit, time }: Entry): string => [call, sample, unit, time].join(' ');
  const byPlace = new Map(b.map((entry) => [place(entry), entry]));
  const used = new Set<string>();
  return a.flatMap((entry) => {
    const at = place(entry);
    const other = byPlace.get(at);
    if (!other || used.has(at)) return [];
    used.add(at);
    return [[entry, other] as const];
  });
}
