import type { Entry } from '../probes/readings.ts';
import type { Axis } from './groups.ts';

/** A way to part entries: by one index of their place, by two, or by what several of them have in common. */
export interface Parting {
  /** What the parts are: 'sample'. */
  readonly of: string;
  /** The number of the part that an entry is in. */
  part(entry: Entry): number;
  /** In words, the part that an entry is in. */
  describe(entry: Entry): string;
  /** Whether it speaks of calls of one size alone: the last sample is of another number in a call of another size. */
  readonly ofOneBatchSize?: boolean;
}

/** How an index of a place is called in a report. */
export function wordFor(axis: Axis): string {
  return axis === 'time' ? 'step' : axis === 'row' ? 'reading unit' : axis;
}

/** By one index each. */
export const BY_INDEX: readonly (Parting & { readonly axis: Axis })[] = (
  ['unit', 'sample', 'time', 'gate', 'call', 'row'] as const
).map((axis) => ({
  axis,
  of: wordFor(axis),
  part: (entry) => entry[axis],
  describe: (entry) => `${wordFor(axis)} ${entry[axis]}`,
  ofOneBatchSize: axis === 'sample',
}));

/**
 * By each index; by each two of those that have few values; by turns and by halves, where each single index may be seen
 * too rarely; and by the size of the call.
 */
export const PARTINGS: readonly Parting[] = [
  ...BY_INDEX,
  ...pairsOf(['unit', 'time', 'gate', 'row'] as const).map(
    ([a, b]): Parting => ({
      of: `${wordFor(a)} and ${wordFor(b)}`,
      part: (entry) => entry[a] * 2 ** 20 + entry[b],
      describe: (entry) => `${wordFor(a)} ${entry[a]} and ${wordFor(b)} ${entry[b]}`,
    }),
  ),
  ...(['unit', 'sample', 'time', 'call'] as const).map(
    (axis): Parting => ({
      of: `every other ${wordFor(axis)}`,
      part: (entry) => entry[axis] % 2,
      describe: (entry) => `${entry[axis] % 2 === 0 ? 'even' : 'odd'} numbers of a ${wordFor(axis)}`,
    }),
  ),
  {
    of: 'half of the batch',
    // A sample alone is in neither.
    part: ({ sample, batch }) => (batch === 1 ? 2 : Math.floor((2 * sample) / batch)),
    describe: ({ sample, batch }) =>
      batch === 1 ? 'a sample alone' : `the ${2 * sample < batch ? 'first' : 'second'} half of a batch`,
  },
  { of: 'size of the batch', part: ({ batch }) => batch, describe: ({ batch }) => `batches of ${batch}` },
  { of: 'number of steps', part: ({ steps }) => steps, describe: ({ steps }) => `sequences of ${steps} steps` },
];

function pairsOf<T>(all: readonly T[]): (readonly [T, T])[] {
  return all.flatMap((a, n) => all.slice(n + 1).map((b) => [a, b] as const));
}

/** What is in each part, if there are several. */
export function partsOf<E extends Entry>({ part, ofOneBatchSize: one }: Parting, entries: readonly E[]): E[][] {
  const parts = new Map<number, E[]>();
  for (const entry of one ? ofOneBatchSize(entries) : entries) {
    const number = part(entry);
    const known = parts.get(number);
    if (known) known.push(entry);
    else parts.set(number, [entry]);
  }
  return parts.size > 1 ? [...parts.values()] : [];
}

/** The entries of the calls whose number of samples most entries have. */
export function ofOneBatchSize<E extends Entry>(entries: readonly E[]): readonly E[] {
  const counts = new Map<number, number>();
  for (const { batch } of entries) counts.set(batch, (counts.get(batch) ?? 0) + 1);
  const [most] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one), [0, 0]);
  return entries.filter(({ batch }) => batch === most);
}
