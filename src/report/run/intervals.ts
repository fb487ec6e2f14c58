/** A range that holds the true value in 95% of the cases. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The quantile of the standard normal distribution that leaves 2.5% above. */
const Z = 1.959963984540054;

/**
 * The interval of a share (Wilson 1927): of what is right among `count` predictions.
 * @param right of `count`, which is at least 1
 */
export function shareInterval(right: number, count: number): Interval {
  const share = right / count;
  const spread = Z * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
  const middle = share + Z ** 2 / (2 * count);
  const scale = 1 + Z ** 2 / count;
  return { from: Math.max(0, (middle - spread) / scale), to: Math.min(1, (middle + spread) / scale) };
}
