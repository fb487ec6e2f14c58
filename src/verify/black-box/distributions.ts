import { sample } from '../../masks/plan.ts';
import { key } from '../../random/key.ts';
import type { Claim } from './claims.ts';
import { distributionMargin } from './statistics.ts';

/** How far values are from a claimed distribution of real numbers, and how far they may be. */
export interface Fit {
  /** The largest distance of the two distribution functions (Smirnov). */
  readonly distance: number;
  readonly bound: number;
}

/** Hold values against as many that keepgate itself draws under the claim. */
export function fitOf(claim: Claim, values: readonly number[]): Fit {
  const own = ownDraws(claim);
  const distance = largestDistance(values.map(rounded).sort(ascending), own);
  return { distance, bound: distributionMargin(values.length) + distributionMargin(own.length) };
}

/** The chance that two independent values under the claim are as good as equal. */
export function chanceOfTie(claim: Claim): number {
  const counts = new Map<number, number>();
  const own = ownDraws(claim);
  for (const value of own) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum + (count / own.length) ** 2, 0);
}

/** As sharp as a value can be read. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function ownDraws({ site, rate, distribution }: Claim): number[] {
  const side = 100;
  const extents = { batch: side, time: 1, inputSize: side, hiddenSize: side, gates: 1 };
  const mask = sample([{ site, rate, distribution }], key(0), extents).masks[site];
  return Array.from(mask?.values ?? [], (value) => rounded(value * (mask?.scale ?? 1))).sort(ascending);
}

/** Between the distribution functions of two sorted samples. */
function largestDistance(a: readonly number[], b: readonly number[]): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (a[i] === value) i++;
    while (b[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

function ascending(a: number, b: number): number {
  return a - b;
}
