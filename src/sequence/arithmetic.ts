import { kernel } from '../engines/kernel.ts';
import type { Handle, Ops } from '../engines/ops.ts';

/** a + b, entry by entry: the gradient of what was used twice. */
export function sumOf(ops: Ops, a: Handle, b: Handle): Handle {
  return ops.run(addKernel, { inputs: { a, b } }).sum;
}

/** a + scale b, entry by entry. */
export function addTimes(ops: Ops, a: Handle, scale: number, b: Handle): Handle {
  return ops.run(addTimesKernel, { inputs: { a, b }, scalars: { scale } }).sum;
}

/** scale x, entry by entry. */
export function scaled(ops: Ops, scale: number, x: Handle): Handle {
  return ops.run(scaleKernel, { inputs: { x }, scalars: { scale } }).y;
}

/** a b, entry by entry; what has one row is for all rows. */
export function productOf(ops: Ops, a: Handle, b: Handle): Handle {
  return ops.run(multiplyKernel, { inputs: { a, b } }).product;
}

/** Σ a b over all entries, [1]. */
export function productSum(ops: Ops, a: Handle, b: Handle): Handle {
  return ops.sum(productOf(ops, a, b));
}

/** scale Σ x² over all entries, [1]. */
export function squareSum(ops: Ops, x: Handle, scale: number): Handle {
  return ops.sum(ops.run(squareKernel, { inputs: { x }, scalars: { scale } }).square);
}

const addKernel = kernel({
  name: 'add',
  inputs: { a: ['a'], b: ['b'] },
  outputs: { sum: ['sum'] },
  body: ({ add }, v) => ({ sum: add(v.a, v.b) }),
});

const addTimesKernel = kernel({
  name: 'addTimes',
  inputs: { a: ['a'], b: ['b'] },
  scalars: ['scale'],
  outputs: { sum: ['sum'] },
  body: ({ add, mul }, v) => ({ sum: add(v.a, mul(v.scale, v.b)) }),
});

const scaleKernel = kernel({
  name: 'scaled',
  inputs: { x: ['x'] },
  scalars: ['scale'],
  outputs: { y: ['y'] },
  body: ({ mul }, v) => ({ y: mul(v.scale, v.x) }),
});

const multiplyKernel = kernel({
  name: 'multiply',
  inputs: { a: ['a'], b: ['b'] },
  outputs: { product: ['product'] },
  body: ({ mul }, v) => ({ product: mul(v.a, v.b) }),
});

const squareKernel = kernel({
  name: 'scaledSquare',
  inputs: { x: ['x'] },
  scalars: ['scale'],
  outputs: { square: ['square'] },
  body: ({ mul }, v) => ({ square: mul(v.scale, mul(v.x, v.x)) }),
});
