/**
 * How far the mean of n independent numbers in [0, 1] can be from its expectation, but for a chance of `alarm`:
 * P(|mean - expectation| >= e) <= 2 exp(-2 n e²) (Hoeffding 1963).
 */
export function hoeffding(n: number, alarm: number): number {
  return Math.sqrt(Math.log(2 / alarm) / (2 * n));
}
