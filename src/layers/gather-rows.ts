import type { Handle, Ops } from '../engines/ops.ts';
import { sizeOf } from '../tensor/tensor.ts';

/** Rows of other rows: what a layer does that moves steps. */
export interface Gathered {
  /** [...shape,N] */
  readonly y: Handle;
  /** What came to the rows, added up where one was taken twice, in the shape of what they were taken from. */
  backward(dy: Handle): Handle;
}

/**
 * @param x [...,N], as rows of N
 * @param rows which of them, -1 for zeros
 * @param shape of the result, without N
 */
export function gatherRows(ops: Ops, x: Handle, rows: Int32Array, shape: readonly number[]): Gathered {
  const size = x.shape.at(-1) ?? 0;
  const count = sizeOf(x.shape.slice(0, -1));
  const ids = ops.uploadIndices(rows, [rows.length]);
  return {
    y: ops.reshape(ops.gather(ops.reshape(x, [count, size]), ids), [...shape, size]),
    backward: (dy) => ops.reshape(ops.scatterAdd(ops.reshape(dy, [rows.length, size]), ids, count), x.shape),
  };
}
