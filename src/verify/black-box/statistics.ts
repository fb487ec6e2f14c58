/** The chance that a property of a right subject fails, at most. */
export const FALSE_ALARM = 1e-9;

/** Each property makes fewer comparisons than this, which share its chance. */
const COMPARISONS = 64;

const ALARM = FALSE_ALARM / COMPARISONS;

/**
 * How far the mean of n independent numbers in [0, 1] can be from its expectation, but for the chance of a false alarm:
 * P(|mean - expectation| >= e) <= 2 exp(-2 n e²) (Hoeffding 1963).
 */
export function margin(n: number): number {
  return Math.sqrt(Math.log(2 / ALARM) / (2 * n));
}

/** The same for the largest distance of a sample's distribution function from the true one (Massart 1990). */
export const distributionMargin: (n: number) => number = margin;

/** Whether n independent events, each with this chance, all happening is more than chance. */
export function isNoChance(chance: number, n: number): boolean {
  return n > 0 && n * Math.log(chance) < Math.log(ALARM);
}
