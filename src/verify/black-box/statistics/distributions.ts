import { sample } from '../../../masks/plan.ts';
import { key } from '../../../random/key.ts';
import type { Claim } from '../claims.ts';
import { distributionMargin } from './false-alarms.ts';

/** How far values are from a claimed distribution of real numbers, and how far they may be. */
export interface Fit {
  /** The largest distance of the two distribution functions (Smirnov). */
  readonly distance: number;
  readonly bound: number;
}

/** Two values of a mask that are nearer than this are the same: as sharp as one can be read from float32 outputs. */
export const RESOLUTION = 0.005;

/** Hold values against as many that keepgate itself draws under the claim. @param among of how many such comparisons */
export function fitOf(claim: Claim, values: readonly number[], among = 1): Fit {
  const drawn = referenceDraws(claim);
  const distance = largestDistance(values.map(rounded).sort(ascending), drawn.map(rounded));
  return { distance, bound: distributionMargin(values.length, among) + distributionMargin(drawn.length, among) };
}

/** The chance that two independent values under the claim are as good as equal. */
export function chanceOfTie(claim: Claim): number {
  const drawn = referenceDraws(claim);
  let [from, to, ties] = [0, 0, 0];
  for (const value of drawn) {
    while (value - (drawn[from] as number) >= RESOLUTION) from++;
    while (to < drawn.length && (drawn[to] as number) - value < RESOLUTION) to++;
    ties += to - from;
  }
  return ties / drawn.length ** 2;
}

/** Coarser than the resolution, so that what stands at one value stands at one place. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Values of mask entries as keepgate draws them under the claim, in order; a claim is asked about many times. */
function referenceDraws(claim: Claim): readonly number[] {
  const known = drawnUnder.get(claim);
  if (known) return known;
  const { site, rate, distribution } = claim;
  const side = 100;
  const extents = { batch: side, time: 1, inputSize: side, hiddenSize: side, gates: 1 };
  const mask = sample([{ site, rate, distribution }], key(0), extents).masks[site];
  const drawn = Array.from(mask?.values ?? [], (value) => value * (mask?.scale ?? 1)).sort(ascending);
  drawnUnder.set(claim, drawn);
  return drawn;
}

const drawnUnder = new WeakMap<Claim, readonly number[]>();

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
