/** Below it the series loses digits, and above it the fraction ends soon. */
const FAR = 2;

/** The logarithm of the probability that a standard normal number is below x. */
export function logCdf(x: number): number {
  if (x > 0) return Math.log1p(-Math.exp(logCdf(-x)));
  const z = -x / Math.SQRT2;
  if (z < FAR) return Math.log((1 - erf(z)) / 2);
  return -z * z + Math.log(fraction(z) / (2 * Math.sqrt(Math.PI)));
}

/** The logarithm of the probability that it is between two numbers. */
export function logMass(low: number, high: number): number {
  // In the tail on the left, where the digits are.
  const [from, to] = low > 0 ? [logCdf(-high), logCdf(-low)] : [logCdf(low), logCdf(high)];
  if (low <= 0 && high > 0) return Math.log1p(-Math.exp(logCdf(low)) - Math.exp(logCdf(-high)));
  return to + Math.log1p(-Math.exp(from - to));
}

/** 2/√π e^(-z²) Σ 2ⁿ z^(2n+1) / (1·3·5 ... (2n+1)), all of whose terms have one sign. */
function erf(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

/** √π e^(z²) erfc(z), a continued fraction (Laplace): 1 / (z + (1/2) / (z + (2/2) / (z + (3/2) / ...))). */
function fraction(z: number): number {
  let below = z;
  for (let n = 200; n > 0; n--) below = z + n / 2 / below;
  return 1 / below;
}
