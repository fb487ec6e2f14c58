import { rounded } from './distributions.ts';
import type { Entry } from './readings.ts';
import { isNoChance, margin } from './statistics.ts';

/** How two entries of masks stand to each other, over many pairs of them. */
export type Agreement =
  /** Always equal, and too often for chance. */
  | { readonly kind: 'same'; readonly pairs: number }
  /** Neither always equal nor equal as often as chance has it. */
  | { readonly kind: 'dependent'; readonly pairs: number; readonly equal: number; readonly expected: number }
  | { readonly kind: 'independent'; readonly pairs: number; readonly difference: Pair }
  /** Too few pairs to say. */
  | { readonly kind: 'unseen'; readonly pairs: number };

export type Pair = readonly [Entry, Entry];

/** The chance that two independent entries with these drop rates are equal. */
export function chanceOfEqual(p: number, q: number): number {
  return p * q + (1 - p) * (1 - q);
}

export function isSame([a, b]: Pair): boolean {
  return rounded(a.value) === rounded(b.value);
}

/** @param chance that two of a pair are equal when they are independent */
export function agreementOf(pairs: readonly Pair[], chance: number): Agreement {
  const equal = pairs.filter(isSame).length;
  const difference = pairs.find((pair) => !isSame(pair));
  if (!difference) return { kind: isNoChance(chance, pairs.length) ? 'same' : 'unseen', pairs: pairs.length };
  const share = equal / pairs.length;
  if (Math.abs(share - chance) > margin(pairs.length)) {
    return { kind: 'dependent', pairs: pairs.length, equal: share, expected: chance };
  }
  return { kind: 'independent', pairs: pairs.length, difference };
}

type Axis = 'call' | 'gate' | 'unit' | 'row' | 'sample' | 'time';
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
