/** How classes are parted: the most frequent are in the head, which has a unit for each cluster as well. */
export interface Clusters {
  /** How many classes are in the head itself. */
  readonly head: number;
  /** With the clusters. */
  readonly headUnits: number;
  /** The clusters: their first class, and how many there are. */
  readonly tails: readonly { readonly from: number; readonly count: number }[];
}

/** @param cutoffs rising, where clusters begin */
export function clustersOf(units: number, cutoffs: readonly number[]): Clusters {
  const ends = [...cutoffs.slice(1), units];
  return {
    head: cutoffs[0] as number,
    headUnits: (cutoffs[0] as number) + cutoffs.length,
    tails: cutoffs.map((from, i) => ({ from, count: (ends[i] as number) - from })),
  };
}
