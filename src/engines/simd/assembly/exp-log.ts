import { flush, loadPart, madd, storePart } from './vectors';

/**
 * exp and log of the four numbers of a vector, and of arrays. Ranges are reduced and polynomials taken as in Cephes (Moshier), whose
 * single precision functions are good to about one unit in the last place. NaN stays NaN. Kernels have sigmoid and tanh
 * of their own: see ../kernels/sigmoid-tanh.ts.
 */

/** e to the x, within 2e-7 of it, relatively, and flushed: 0 below 2^-100. */
export function exp4(x: v128): v128 {
  // Beyond these, the result is infinite anyway, or flushed.
  const inside = f32x4.max(f32x4.min(x, f32x4.splat(89)), f32x4.splat(-70));
  const n = f32x4.nearest(f32x4.mul(inside, f32x4.splat(<f32>Math.LOG2E)));
  // ln 2 in two parts, the first of few bits: n times it is exact.
  let r = f32x4.sub(inside, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.1219444e-4)));
  let p = madd(f32x4.splat(1.98756915e-4), r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  // Two halves of the power of 2: one factor could not be 2^128.
  const power = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(power, 1);
  return flush(f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(power, half))));
}

function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** The natural logarithm, within 2e-7 of it, relatively. Minus infinity at 0, NaN below. */
export function log4(x: v128): v128 {
  // Denormal numbers are brought into the range where the exponent's bits say all.
  const small = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, small);
  let exponent = i32x4.sub(i32x4.shr_u(normal, 23), i32x4.splat(126));
  exponent = i32x4.sub(exponent, v128.and(small, i32x4.splat(23)));
  const bits = v128.or(v128.and(normal, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  // The mantissa lies between sqrt(1/2) and sqrt(2), so that its logarithm cancels nothing near 1.
  const low = f32x4.lt(bits, f32x4.splat(<f32>Math.SQRT1_2));
  const e = f32x4.convert_i32x4_s(i32x4.add(exponent, low));
  const m = f32x4.sub(f32x4.add(bits, v128.and(bits, low)), f32x4.splat(1));
  const square = f32x4.mul(m, m);
  let p = madd(f32x4.splat(7.0376836292e-2), m, f32x4.splat(-1.151461031e-1));
  p = madd(p, m, f32x4.splat(1.167699874e-1));
  p = madd(p, m, f32x4.splat(-1.2420140846e-1));
  p = madd(p, m, f32x4.splat(1.4249322787e-1));
  p = madd(p, m, f32x4.splat(-1.6668057665e-1));
  p = madd(p, m, f32x4.splat(2.0000714765e-1));
  p = madd(p, m, f32x4.splat(-2.4999993993e-1));
  p = madd(p, m, f32x4.splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, m), square);
  y = madd(e, f32x4.splat(-2.1219444e-4), y);
  y = madd(square, f32x4.splat(-0.5), y);
  y = madd(e, f32x4.splat(0.693359375), f32x4.add(m, y));
  y = v128.bitselect(y, x, f32x4.lt(x, f32x4.splat(Infinity)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  return v128.bitselect(f32x4.splat(NaN), y, f32x4.lt(x, f32x4.splat(0)));
}

/** to [N] = exp(x [N]); `to` may be x. */
export function exp(to: usize, x: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, exp4(v128.load(x)));
    to += 16;
    x += 16;
  }
  if (n) storePart(to, exp4(loadPart(x, n)), n);
}

/** to [N] = log(x [N]); `to` may be x. */
export function log(to: usize, x: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    v128.store(to, log4(v128.load(x)));
    to += 16;
    x += 16;
  }
  if (n) storePart(to, log4(loadPart(x, n)), n);
}
