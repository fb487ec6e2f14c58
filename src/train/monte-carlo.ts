import { expectWhole } from '../checks.ts';
import { ModelError } from '../errors.ts';
import { fold, type Key, key as seedKey } from '../random/key.ts';
import type { Nested } from '../tensor/tensor.ts';
import type { Loss } from './losses.ts';
import { type Network, predictAll } from './network.ts';
import { drawing } from './pass.ts';

export interface MonteCarloOptions {
  /** How many times each sample is predicted: 50 and more. */
  readonly passes: number;
  /** Draws the masks; key(0) when left out. */
  readonly key?: Key;
  /** The number of the first sample, when x is a part of a larger whole under the same key; 0 when left out. */
  readonly first?: number;
}

/** What the passes say of one sample. */
export interface Uncertainty {
  /** The mean prediction, [units]: of probabilities, not of their logarithms. */
  readonly mean: readonly number[];
  /** The variance over the passes, [units]. */
  readonly variance: readonly number[];
  /** The entropy of the mean, in nats: how unsure the model is, for whatever reason. 0 for values. */
  readonly entropy: number;
  /** The part of the entropy that is the passes' disagreement, in nats: what more data could teach it. 0 for values. */
  readonly mutualInformation: number;
}

export async function predictMonteCarlo(
  network: Network,
  x: readonly Nested[],
  link: Loss['link'],
  { passes, key = seedKey(0), first = 0 }: MonteCarloOptions,
): Promise<Uncertainty[]> {
  expectWhole('predictMC', 'passes', passes, 2);
  if (network.output.kind !== 'vector') {
    throw new ModelError(
      'predictMC: a model with one prediction a sample was expected, but this one predicts every step; use predict()',
    );
  }
  const runs: number[][][] = [];
  for (let pass = 0; pass < passes; pass++) {
    const passKey = fold(key, pass);
    runs.push(
      (await predictAll(network, x, link, (firstSample) => drawing(passKey, first + firstSample))) as number[][],
    );
  }
  return x.map((_, i) =>
    summarise(
      runs.map((run) => run[i] as number[]),
      link,
    ),
  );
}

function summarise(rows: readonly (readonly number[])[], link: Loss['link']): Uncertainty {
  const units = (rows[0] as readonly number[]).map((_, k) => rows.map((row) => row[k] as number));
  const mean = units.map(average);
  const variance = units.map((values, k) => average(values.map((value) => (value - (mean[k] as number)) ** 2)));
  if (link === 'linear') return { mean, variance, entropy: 0, mutualInformation: 0 };
  // Several yes and no are as many variables; classes are one.
  const entropyOf = (row: readonly number[]): number =>
    link === 'softmax' ? entropy(row) : row.reduce((sum, p) => sum + entropy([p, 1 - p]), 0);
  const total = entropyOf(mean);
  return { mean, variance, entropy: total, mutualInformation: Math.max(0, total - average(rows.map(entropyOf))) };
}

function entropy(probabilities: readonly number[]): number {
  return probabilities.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
