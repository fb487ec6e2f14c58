/** Weights in Keras' layouts. */
import { Tensor } from '../../../tensor/tensor.ts';

/** The same numbers in float32. */
export function float32(tensor: Tensor): Tensor {
  return new Tensor(Float32Array.from(tensor.toFlat()), tensor.shape);
}

/** [N, G*H] of [G*H, N], with the blocks of the gates in another order: the first of Keras' is the block `order[0]` here. */
export function transposed({ data, shape: [rows = 0, columns = 0] }: Tensor, order: readonly number[]): Tensor {
  const out = new Float32Array(data.length);
  const height = rows / order.length;
  for (const [block, gate] of order.entries()) {
    for (let h = 0; h < height; h++) {
      for (let n = 0; n < columns; n++) {
        out[n * rows + block * height + h] = data[(gate * height + h) * columns + n] as number;
      }
    }
  }
  return new Tensor(out, [columns, rows]);
}

/** The blocks of a bias [G*H] in another order. */
export function reordered({ data }: Tensor, order: readonly number[]): Float32Array {
  const height = data.length / order.length;
  const out = new Float32Array(data.length);
  for (const [block, gate] of order.entries()) {
    for (let h = 0; h < height; h++) out[block * height + h] = data[gate * height + h] as number;
  }
  return out;
}
