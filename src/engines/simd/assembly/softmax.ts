import { exp4, log4 } from './exp-log';
import { dot, inDoubles } from './sums';
import { flush, loadPart, scale, storePart } from './vectors';

/** y [R,N] = softmax of each row of x [R,N]; y may be x. */
export function softmax(y: usize, x: usize, rows: i32, n: i32): void {
  const row = (<usize>n) << 2;
  for (; rows > 0; rows--) {
    const total = exponentials(y, x, largest(x, n), n);
    scale(y, <f32>(1 / total), n);
    y += row;
    x += row;
  }
}

/** dx [R,N] = y (dy - sum over the row of y dy), the gradient of `softmax` by x; dx may be dy. */
export function softmaxGrad(dx: usize, y: usize, dy: usize, rows: i32, n: i32): void {
  const row = (<usize>n) << 2;
  for (; rows > 0; rows--) {
    const dots = f32x4.splat(<f32>dot(y, dy, n));
    for (let col = 0; col < n; col += 4) {
      const at = (<usize>col) << 2;
      const part = f32x4.mul(loadPart(y + at, n - col), f32x4.sub(loadPart(dy + at, n - col), dots));
      storePart(dx + at, flush(part), n - col);
    }
    dx += row;
    y += row;
    dy += row;
  }
}

/**
 * The cross-entropy of softmax(logits [R,N]) with the labels [R], summed over the rows and divided by `divisor`, as the
 * result; and its gradient [R,N], which may be written over the logits. A row labelled -1 does not count.
 */
export function softmaxCrossEntropy(grad: usize, logits: usize, labels: usize, rows: i32, n: i32, divisor: f64): f64 {
  const row = (<usize>n) << 2;
  let loss: f64 = 0;
  for (; rows > 0; rows--) {
    const label = load<i32>(labels);
    if (label < 0) memory.fill(grad, 0, row);
    else {
      const at = (<usize>label) << 2;
      const top = largest(logits, n);
      const logit = load<f32>(logits + at);
      const total = exponentials(grad, logits, top, n);
      // log(sum(exp)) - logit, and not -log(probability): a probability may underflow to 0.
      const logTotal = f32x4.extract_lane(log4(f32x4.splat(<f32>total)), 0);
      loss += <f64>logTotal + (<f64>top - <f64>logit);
      scale(grad, <f32>(1 / (total * divisor)), n);
      store<f32>(grad + at, <f32>(<f64>load<f32>(grad + at) - 1 / divisor));
    }
    grad += row;
    logits += row;
    labels += 4;
  }
  return loss / divisor;
}

function largest(x: usize, n: i32): f32 {
  let all = f32x4.splat(-Infinity);
  for (; n >= 4; n -= 4) {
    all = f32x4.max(all, v128.load(x));
    x += 16;
  }
  all = f32x4.max(all, v128.shuffle<f32>(all, all, 2, 3, 0, 1));
  let top = max(f32x4.extract_lane(all, 0), f32x4.extract_lane(all, 1));
  for (; n > 0; n--) {
    top = max(top, load<f32>(x));
    x += 4;
  }
  return top;
}

/** y [N] = exp(x [N] - top), and their sum: at least 1, as `top` is the largest of them. */
function exponentials(y: usize, x: usize, top: f32, n: i32): f64 {
  const shift = f32x4.splat(top);
  let totals = f64x2.splat(0);
  for (; n > 0; n -= 4) {
    storePart(y, exp4(f32x4.sub(loadPart(x, n), shift)), n);
    // Read back, as the vector's entries beyond the row are not zeros.
    totals = f64x2.add(totals, inDoubles(loadPart(y, n)));
    x += 16;
    y += 16;
  }
  return f64x2.extract_lane(totals, 0) + f64x2.extract_lane(totals, 1);
}
