/** What Keras and this package have otherwise in batch normalisation. */

/** Keras' momentum is the share of what was, and ours that of a batch: each is 1 less the other, to the decimals that somebody wrote. */
export function complement(momentum: number): number {
  return Number((1 - momentum).toPrecision(DECIMALS));
}

/** Fewer than float64 has: 1 - 0.99 is 0.01. */
const DECIMALS = 12;

export const OTHER_VARIANCE =
  'its running variance is by n in Keras, and by n - 1 here, as in PyTorch: training goes on a little otherwise';
