import { type Key, uniform } from 'keepgate';

/** Items, in groups of what goes together. */
const [GROUPS, OF_GROUP] = [20, 15];
export const ITEMS: number = GROUPS * OF_GROUP;

const [SHORTEST, LONGEST] = [4, 12];

/**
 * Visits to a shop, each a list of item numbers. A visitor has one group in mind: seven times of ten the next item stands shortly
 * behind the last one in its group, or else it is any of the group, or one that everybody looks at.
 */
export function drawVisits(count: number, from: Key): number[][] {
  const perVisit = 2 + 2 * LONGEST;
  const numbers = uniform(from, count * perVisit);
  return Array.from({ length: count }, (_, visit) => {
    let at = visit * perVisit;
    const next = (): number => numbers[at++] as number;
    const below = (n: number): number => Math.floor(next() * n);
    const group = below(GROUPS);
    const length = SHORTEST + below(LONGEST - SHORTEST + 1);
    const items: number[] = [];
    let place = 0;
    for (let step = 0; step < length; step++) {
      const kind = next();
      if (kind < 0.85) place = kind < 0.7 ? (place + 1 + below(3)) % OF_GROUP : below(OF_GROUP);
      // Squares favour the first items of all.
      items.push(kind < 0.85 ? group * OF_GROUP + place : Math.floor(next() ** 3 * ITEMS));
    }
    return items;
  });
}

/** How good a ranking is: the share of steps whose next item is among the first k, and the mean of 1 / its rank there. */
export interface Ranking {
  readonly recall: number;
  readonly mrr: number;
}

/** What is likely by counts alone: the items that most often followed the last one, and then those that are seen most. */
export function byCounts(
  training: readonly (readonly number[])[],
  test: readonly (readonly number[])[],
  k: number,
): Ranking {
  const seen = new Float64Array(ITEMS);
  const followed = Array.from({ length: ITEMS }, () => new Float64Array(ITEMS));
  for (const visit of training) {
    for (const [t, item] of visit.entries()) {
      seen[item] = (seen[item] as number) + 1;
      const last = visit[t - 1];
      if (last !== undefined)
        (followed[last] as Float64Array)[item] = ((followed[last] as Float64Array)[item] ?? 0) + 1;
    }
  }
  const most = seen.reduce((a, b) => Math.max(a, b), 1);
  let [hits, reciprocals, steps] = [0, 0, 0];
  for (const visit of test) {
    for (const [t, item] of visit.slice(1).entries()) {
      const of = (other: number): number =>
        ((followed[visit[t] as number] as Float64Array)[other] as number) + (seen[other] as number) / (most + 1);
      const own = of(item);
      let rank = 1;
      for (let other = 0; other < ITEMS; other++) if (of(other) > own) rank++;
      steps++;
      if (rank <= k) [hits, reciprocals] = [hits + 1, reciprocals + 1 / rank];
    }
  }
  return { recall: hits / steps, mrr: reciprocals / steps };
}
