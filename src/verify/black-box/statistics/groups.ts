import type { Entry } from '../probes/readings.ts';

/** What the place of an entry is made of. */
export type Axis = 'call' | 'gate' | 'unit' | 'row' | 'sample' | 'time';
const AXES: readonly Axis[] = ['call', 'gate', 'unit', 'row', 'sample', 'time'];

/** Entries that differ along one axis alone, group by group, in the order of that axis. */
export function groupsAlong<E extends Entry>(entries: readonly E[], axis: Axis): E[][] {
  const place = placeOf(
    entries,
    AXES.filter((name) => name !== axis),
  );
  const groups = new Map<number, E[]>();
  for (const entry of entries) {
    const at = place(entry);
    const group = groups.get(at);
    if (group) group.push(entry);
    else groups.set(at, [entry]);
  }
  for (const group of groups.values()) group.sort((a, b) => a[axis] - b[axis]);
  return [...groups.values()];
}

/** One entry for all that are shared along these axes: the first. */
export function collapse(entries: readonly Entry[], axes: readonly Axis[]): readonly Entry[] {
  if (axes.length === 0) return entries;
  const kept = AXES.filter((name) => !axes.includes(name));
  const place = placeOf(entries, kept);
  const first = new Map<number, Entry>();
  for (const entry of entries) {
    const at = place(entry);
    if (!first.has(at)) first.set(at, entry);
  }
  const [call, gate, unit, row, sample, time] = AXES.map((axis) => (axes.includes(axis) ? 0 : 1)) as Digits;
  return Array.from(first.values(), (entry) => ({
    call: call * entry.call,
    gate: gate * entry.gate,
    unit: unit * entry.unit,
    row: row * entry.row,
    sample: sample * entry.sample,
    time: time * entry.time,
    batch: entry.batch,
    steps: entry.steps,
    value: entry.value,
  }));
}

/** One for each axis. */
type Digits = [number, number, number, number, number, number];

/** A number for each place, the same for entries that are at one along all these axes: millions are looked up. */
export function placeOf(entries: readonly Entry[], axes: readonly Axis[]): (entry: Entry) => number {
  // The gate may be -1.
  const sizes = axes.map((axis) => entries.reduce((most, entry) => Math.max(most, entry[axis]), 0) + 2);
  return (entry) => {
    let at = 0;
    for (let n = 0; n < axes.length; n++) at = at * (sizes[n] as number) + entry[axes[n] as Axis] + 1;
    return at;
  };
}
