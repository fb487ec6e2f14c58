import { dot, sum } from './sums';
import { flush, loadPart, scale, storePart } from './vectors';

/**
 * y [R,N] = each row of x [R,N] with its mean taken away, over its deviation sqrt(variance + epsilon), and `inverse` [R] =
 * 1 / deviation. The variance is the mean of the squares of what is left when the mean is gone, so that it keeps its digits
 * however far the row is from 0; y may be x.
 */
export function normalise(y: usize, inverse: usize, x: usize, rows: i32, n: i32, epsilon: f64): void {
  const row = (<usize>n) << 2;
  for (; rows > 0; rows--) {
    const squares = centre(y, x, sum(x, n) / <f64>n, n);
    const factor = <f32>(1 / sqrt(squares / <f64>n + epsilon));
    store<f32>(inverse, factor);
    scale(y, factor, n);
    y += row;
    x += row;
    inverse += 4;
  }
}

/**
 * dx [R,N] = (dy - mean(dy) - y mean(dy y)) `inverse`, with means over a row: the gradient of `normalise` by x, from its
 * results; dx may be dy.
 */
export function normaliseGrad(dx: usize, y: usize, inverse: usize, dy: usize, rows: i32, n: i32): void {
  const row = (<usize>n) << 2;
  for (; rows > 0; rows--) {
    const slope = f32x4.splat(<f32>(dot(y, dy, n) / <f64>n));
    const shift = f32x4.splat(<f32>(sum(dy, n) / <f64>n));
    const factor = v128.load32_splat(inverse);
    for (let col = 0; col < n; col += 4) {
      const at = (<usize>col) << 2;
      const centred = f32x4.sub(loadPart(dy + at, n - col), shift);
      const part = f32x4.sub(centred, f32x4.mul(loadPart(y + at, n - col), slope));
      storePart(dx + at, flush(f32x4.mul(part, factor)), n - col);
    }
    dx += row;
    y += row;
    dy += row;
    inverse += 4;
  }
}

/** y [N] = x [N] - mean, and the sum of its squares. */
function centre(y: usize, x: usize, mean: f64, n: i32): f64 {
  // In two parts, so that the difference is as exact as if it were taken in float64.
  const near = <f32>mean;
  const first = f32x4.splat(near);
  const rest = f32x4.splat(<f32>(mean - <f64>near));
  let squares = f64x2.splat(0);
  for (; n > 0; n -= 4) {
    storePart(y, f32x4.sub(f32x4.sub(loadPart(x, n), first), rest), n);
    // Read back, as the vector's entries beyond the row are not zeros.
    squares = f64x2.add(squares, squaresInDoubles(loadPart(y, n)));
    x += 16;
    y += 16;
  }
  return f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
}

/** The squares of the four entries of x as two sums in float64. */
function squaresInDoubles(x: v128): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high));
}
