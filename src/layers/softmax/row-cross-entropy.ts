import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { productOf } from '../../sequence/arithmetic.ts';

/** A loss [1], and its gradient by what it was made of. */
interface LossAndGrad {
  readonly loss: Handle;
  readonly grad: Handle;
}

/**
 * Σ share (-log softmax(x)[label]) over the rows of x [R,N], as [1], and its gradient [R,N].
 * @param labels -1 for a row that does not count
 */
export function rowCrossEntropy(ops: Ops, x: Handle, labels: Int32Array, shares: Float64Array): LossAndGrad {
  const live = Int32Array.from(labels.keys()).filter((row) => (labels[row] as number) >= 0);
  const count = Math.max(1, live.length);
  const { loss, grad } = ops.softmaxCrossEntropy(x, ops.uploadIndices(labels, [labels.length]));
  const share = shares[live[0] ?? 0] as number;
  if (live.every((row) => shares[row] === share)) {
    const scale = share * count;
    const [one, all] = [loss, grad].map((part) =>
      scale === 1 ? part : ops.run(scaleKernel, { inputs: { x: part }, scalars: { scale } }).y,
    );
    return { loss: one as Handle, grad: all as Handle };
  }
  const parts = ops.run(sharesKernel, {
    inputs: { x, p: ops.softmax(x), plain: grad, share: across(ops, ops.upload(shares, [labels.length, 1]), x) },
    scalars: { count },
  });
  return { loss: ops.sum(parts.loss), grad: parts.grad };
}

/** Of each row of x [R,N] the sum, [R,1]. */
export function sumOfRow(ops: Ops, x: Handle): Handle {
  const size = x.shape.at(-1) as number;
  return ops.project(x, ops.upload(new Float64Array(size).fill(1), [1, size]));
}

/** Numbers of rows [R,1] at each entry of the rows of another, [R,N]. */
export function across(ops: Ops, numbers: Handle, like: Handle): Handle {
  const size = like.shape.at(-1) as number;
  return ops.project(numbers, ops.upload(new Float64Array(size).fill(1), [size, 1]));
}

/**
 * The logarithm of the softmax of each row of x [R,N], and the way back. With p the softmax, log Σ exp x is x - log p in each entry, so
 * it is the mean of that by p, in which entries that are too small for a logarithm have no part.
 */
export function logSoftmax(ops: Ops, x: Handle): { readonly y: Handle; backward(dy: Handle): Handle } {
  const p = ops.softmax(x);
  const logSum = sumOfRow(ops, ops.run(meanKernel, { inputs: { x, p } }).part);
  return {
    y: ops.run(minusKernel, { inputs: { x, y: across(ops, logSum, x) } }).difference,
    backward: (dy) =>
      ops.run(minusKernel, { inputs: { x: dy, y: productOf(ops, p, across(ops, sumOfRow(ops, dy), x)) } }).difference,
  };
}

/** A p of 0 has no logarithm, and adds nothing. */
const TINY = 2 ** -80;

const scaleKernel = kernel({
  name: 'scaleLoss',
  inputs: { x: ['x'] },
  scalars: ['scale'],
  outputs: { y: ['y'] },
  body: ({ mul }, v) => ({ y: mul(v.x, v.scale) }),
});

/** With p the softmax of x, and plain = (p - target) / count: the cross-entropy is Σ x (p - target) - p log p over a row. */
const sharesKernel = kernel({
  name: 'sharedCrossEntropy',
  inputs: { x: ['x'], p: ['p'], plain: ['plain'], share: ['share'] },
  scalars: ['count'],
  outputs: { loss: ['loss'], grad: ['grad'] },
  body({ constant, add, sub, mul, log }, v) {
    const target = mul(v.count, v.plain);
    const negentropy = mul(v.p, log(add(v.p, constant(TINY))));
    return { loss: mul(v.share, sub(mul(v.x, target), negentropy)), grad: mul(v.share, target) };
  },
});

const meanKernel = kernel({
  name: 'logSumPart',
  inputs: { x: ['x'], p: ['p'] },
  outputs: { part: ['part'] },
  body: ({ constant, add, sub, mul, log }, v) => ({ part: mul(v.p, sub(v.x, log(add(v.p, constant(TINY))))) }),
});

const minusKernel = kernel({
  name: 'minus',
  inputs: { x: ['x'], y: ['y'] },
  outputs: { difference: ['difference'] },
  body: ({ sub }, v) => ({ difference: sub(v.x, v.y) }),
});
