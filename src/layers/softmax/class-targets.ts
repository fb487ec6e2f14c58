import type { Key } from '../../random/key.ts';

/** What a last layer that works out its loss learns from: see `Layer.crossEntropy`. */
export interface ClassTargets {
  /** The class of each row of what it takes, on the host; -1 for a row that has none. */
  readonly classes: Int32Array;
  /** What each row weighs in the mean; together 1, but for a batch of no weight at all. */
  readonly shares: Float64Array;
  /** Draws what is drawn in this update. */
  readonly key: Key;
}

/** The rows that have a class, and their classes and shares. Where there is none, one row of zeros without a class. */
export function rowsWithClass({ classes, shares }: Omit<ClassTargets, 'key'>): {
  readonly rows: Int32Array;
  readonly labels: Int32Array;
  readonly shares: Float64Array;
} {
  const rows = Int32Array.from(classes.keys()).filter((row) => (classes[row] as number) >= 0);
  if (rows.length === 0) return { rows: Int32Array.of(-1), labels: Int32Array.of(-1), shares: Float64Array.of(0) };
  return {
    rows,
    labels: rows.map((row) => classes[row] as number),
    shares: Float64Array.from(rows, (row) => shares[row] as number),
  };
}
