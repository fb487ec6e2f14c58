/** The chance that a property of a right subject fails, at most. */
export const FALSE_ALARM = 1e-9;

/** Each property makes fewer comparisons than this, which share its chance. */
const COMPARISONS = 1024;

const ALARM = FALSE_ALARM / COMPARISONS;

/**
 * Where the share of n independent events, each with this chance, can lie but for a false alarm:
 * P(share >= s) <= exp(-n KL(s || chance)) for s above the chance, and alike below (Chernoff 1952).
 */
export function plausibleShares(chance: number, n: number): readonly [number, number] {
  const most = Math.log(2 / ALARM) / Math.max(1, n);
  const end = (from: number, limit: number): number => {
    if (divergence(limit, chance) <= most) return limit;
    let [inside, outside] = [from, limit];
    for (let step = 0; step < 50; step++) {
      const middle = (inside + outside) / 2;
      if (divergence(middle, chance) <= most) inside = middle;
      else outside = middle;
    }
    return inside;
  };
  return [end(chance, 0), end(chance, 1)];
}

/** KL(p || q) of two events. */
function divergence(p: number, q: number): number {
  const term = (a: number, b: number): number =>
    a === 0 ? 0 : b === 0 ? Number.POSITIVE_INFINITY : a * Math.log(a / b);
  return term(p, q) + term(1 - p, 1 - q);
}

/**
 * How far the distribution function of n values can be from the true one, but for a false alarm:
 * P(distance >= e) <= 2 exp(-2 n e²) (Massart 1990).
 */
export function distributionMargin(n: number): number {
  return Math.sqrt(Math.log(2 / ALARM) / (2 * n));
}

/** Whether n independent events, each with this chance, all happening is more than chance. */
export function isNoChance(chance: number, n: number): boolean {
  return n > 0 && isTooUnlikely(n * Math.log(chance));
}

/** @param logChance the natural logarithm of the chance of what happened */
export function isTooUnlikely(logChance: number): boolean {
  return logChance < Math.log(ALARM);
}
