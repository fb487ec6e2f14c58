import { loadPart, storePart } from './lanes';

/** Updates of weights in place: the formulas, and the names of the scalars, are those of src/train/optimizers.ts. */

/** w, v [N]: v = momentum v + scale grad; w -= learningRate v. */
export function sgd(w: usize, grad: usize, v: usize, n: i32, learningRate: f32, momentum: f32, scale: f32): void {
  const rate = f32x4.splat(learningRate);
  const keep = f32x4.splat(momentum);
  const factor = f32x4.splat(scale);
  for (; n > 0; n -= 4) {
    const velocity = f32x4.add(f32x4.mul(keep, loadPart(v, n)), f32x4.mul(loadPart(grad, n), factor));
    storePart(v, velocity, n);
    storePart(w, f32x4.sub(loadPart(w, n), f32x4.mul(rate, velocity)), n);
    w += 16;
    grad += 16;
    v += 16;
  }
}

/**
 * w, mean, square [N]: mean = beta1 mean + rest1 g and square = beta2 square + rest2 g², for g = scale grad; then
 * w = decay w - rate mean / (sqrt(square / correction2) + epsilon). `rate` holds the correction of the mean.
 */
export function adam(
  w: usize,
  grad: usize,
  mean: usize,
  square: usize,
  n: i32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  epsilon: f32,
  scale: f32,
  rate: f32,
  correction2: f32,
  decay: f32,
): void {
  for (; n > 0; n -= 4) {
    const g = f32x4.mul(loadPart(grad, n), f32x4.splat(scale));
    const m = f32x4.add(f32x4.mul(f32x4.splat(beta1), loadPart(mean, n)), f32x4.mul(f32x4.splat(rest1), g));
    const s = f32x4.add(
      f32x4.mul(f32x4.splat(beta2), loadPart(square, n)),
      f32x4.mul(f32x4.splat(rest2), f32x4.mul(g, g)),
    );
    const size = f32x4.add(f32x4.sqrt(f32x4.div(s, f32x4.splat(correction2))), f32x4.splat(epsilon));
    const step = f32x4.mul(f32x4.splat(rate), f32x4.div(m, size));
    storePart(mean, m, n);
    storePart(square, s, n);
    storePart(w, f32x4.sub(f32x4.mul(loadPart(w, n), f32x4.splat(decay)), step), n);
    w += 16;
    grad += 16;
    mean += 16;
    square += 16;
  }
}
