/** Vectors of four float32 numbers: what WebAssembly lacks around them. All small enough to be inlined wherever they are used. */

/** a b + c: rounded once in the relaxed build where the CPU has a fused instruction, and twice in the other. */
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** The first `count` (1 to 4) numbers at `from`, and zeros: nothing beyond them is read. */
export function loadPart(from: usize, count: i32): v128 {
  if (count >= 4) return v128.load(from);
  if (count === 1) return v128.load32_zero(from);
  const two = v128.load64_zero(from);
  return count === 2 ? two : v128.load_lane<f32>(from, two, 2, 8);
}

/** Write the first `count` (1 to 4) entries, and nothing beyond them. */
export function storePart(to: usize, x: v128, count: i32): void {
  if (count >= 4) v128.store(to, x);
  else if (count === 1) v128.store_lane<f32>(to, x, 0);
  else {
    v128.store_lane<i64>(to, x, 0);
    if (count === 3) v128.store_lane<f32>(to, x, 2, 8);
  }
}

/** The sum of the four entries. */
export function sumEntries(x: v128): f32 {
  const pairs = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** 2^-100: `SMALLEST` of ../../trace.ts, which says why. */
const SMALLEST: f32 = 7.888609052210118e-31;

/** 0 where a number is smaller than 2^-100, and otherwise the number; NaN stays NaN. */
export function flush(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(SMALLEST)));
}

/** y [N] = y [N], flushed. */
export function flushRow(y: usize, n: i32): void {
  for (; n > 0; n -= 4) {
    storePart(y, flush(loadPart(y, n)), n);
    y += 16;
  }
}

/** y [N] = y [N] times factor, flushed. */
export function scale(y: usize, factor: f32, n: i32): void {
  const f = f32x4.splat(factor);
  for (; n > 0; n -= 4) {
    storePart(y, flush(f32x4.mul(loadPart(y, n), f)), n);
    y += 16;
  }
}
