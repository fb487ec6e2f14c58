/** The chance that a property of a right subject fails, at most. */
export const FALSE_ALARM = 1e-9;

/** Each property makes fewer families of comparisons than this, which share its chance: a few for each axis and site. */
const FAMILIES = 256;

const ALARM = FALSE_ALARM / FAMILIES;

/**
 * Where the share of n independent events, each with this chance, can lie but for a false alarm:
 * P(share >= s) <= exp(-n KL(s || chance)) for s above the chance, and alike below (Chernoff 1952).
 * @param among how many comparisons the family has, which share its chance
 */
export function plausibleShares(chance: number, n: number, among = 1): readonly [number, number] {
  const most = Math.log((2 * among) / ALARM) / Math.max(1, n);
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

/** Whether a share is one of these, without the search for their ends. */
export function isPlausible(share: number, chance: number, n: number, among = 1): boolean {
  return n === 0 || n * divergence(share, chance) <= Math.log((2 * among) / ALARM);
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
 * @param among how many comparisons the family has
 */
export function distributionMargin(n: number, among = 1): number {
  return Math.sqrt(Math.log((2 * among) / ALARM) / (2 * n));
}

/** Whether n independent events, each with this chance, all happening is more than chance. @param among see above */
export function isNoChance(chance: number, n: number, among = 1): boolean {
  return n > 0 && isTooUnlikely(n * Math.log(chance) + Math.log(among));
}

/** @param logChance the natural logarithm of the chance of what happened */
export function isTooUnlikely(logChance: number): boolean {
  return logChance < Math.log(ALARM);
}
