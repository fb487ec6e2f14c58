import { uniform } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';

/** Values of a score, such as one a seed or a fold. */
export interface Spread {
  readonly values: readonly number[];
  readonly mean: number;
  /** The standard deviation of a sample; null for one value. */
  readonly deviation: number | null;
}

/** NaN of none. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { values, mean, deviation: values.length < 2 ? null : Math.sqrt(squares / (values.length - 1)) };
}

/** Fewer values tell nothing of how much they differ. */
const FEWEST = 3;

/**
 * A percentile bootstrap (Efron 1979) of the mean: the middle `confidence` of the means of resamples, drawn with replacement.
 * The key alone decides which entries a resample has, so values at the same index stay together in calls with the same key.
 * @returns the ends of the interval; null for fewer than 3 values, and for values that are not finite
 */
export function bootstrapInterval(
  values: readonly number[],
  { key, confidence, resamples }: { readonly key: Key; readonly confidence: number; readonly resamples: number },
): readonly [low: number, high: number] | null {
  const count = values.length;
  if (count < FEWEST || !values.every(Number.isFinite)) return null;
  const draws = uniform(fold(key, 'bootstrap'), count * resamples, 0, count);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[Math.floor(draws[r * count + i] as number)] as number;
    means[r] = sum / count;
  }
  means.sort();
  return [quantile(means, (1 - confidence) / 2), quantile(means, (1 + confidence) / 2)];
}

/** As numpy's by default: between two values, linearly. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return below + (above - below) * (place - Math.floor(place));
}
