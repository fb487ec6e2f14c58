import { key } from '../../random/key.ts';
import { bootstrapInterval, meanOf } from '../../train/comparison/spread.ts';
import type { Interval } from './intervals.ts';
import type { ReportRun } from './report-data.ts';

/** A mean over seeds. */
export interface MeanOverSeeds {
  readonly mean: number;
  /** 95%, by bootstrap; null for fewer than 3 seeds. */
  readonly interval: Interval | null;
  /** One for each seed. */
  readonly values: readonly number[];
}

/** What one scheme came to. */
export interface SchemeScores extends MeanOverSeeds {
  readonly scheme: string;
  /** How much it is above the first scheme, over the seeds that both have; null for the first, and without such seeds. */
  readonly difference: MeanOverSeeds | null;
}

/** Schemes side by side. */
export interface SchemeComparison {
  /** The name of the score: `accuracy`, or `loss` where not all have it. */
  readonly metric: string;
  /** Whether less is better. */
  readonly isLoss: boolean;
  readonly schemes: readonly SchemeScores[];
  readonly seeds: number;
}

/** Null for a single run, and for runs without scores. */
export function compared(runs: readonly ReportRun[]): SchemeComparison | null {
  if (runs.length < 2) return null;
  const metric = ['accuracy', 'loss'].find((name) => runs.every(({ scores }) => scores?.[name] !== undefined));
  if (metric === undefined) return null;
  const names = [...new Set(runs.map(({ scheme }) => scheme))];
  const bySeed = (scheme: string): Map<number | null, number> =>
    new Map(runs.filter((run) => run.scheme === scheme).map(({ seed, scores }) => [seed, scores?.[metric] as number]));
  const first = bySeed(names[0] as string);
  const schemes = names.map((scheme, i) => {
    const own = bySeed(scheme);
    const pairs = [...own].flatMap(([seed, value]) => (first.has(seed) ? [value - (first.get(seed) as number)] : []));
    return {
      scheme,
      ...overSeeds([...own.values()]),
      difference: i === 0 || pairs.length === 0 ? null : overSeeds(pairs),
    };
  });
  return { metric, isLoss: metric === 'loss', schemes, seeds: new Set(runs.map(({ seed }) => seed)).size };
}

/** The same each time. */
const DRAWING = { key: key(0), confidence: 0.95, resamples: 10_000 };

export function overSeeds(values: readonly number[]): MeanOverSeeds {
  const ends = bootstrapInterval(values, DRAWING);
  return { mean: meanOf(values), interval: ends && { from: ends[0], to: ends[1] }, values };
}
