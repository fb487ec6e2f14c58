import { normal, uniform } from '../random/draws.ts';
import { fold, type Key } from '../random/key.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Uniform within ±sqrt(6 / (fan in + fan out)), [rows, columns] (Glorot and Bengio 2010). */
export function xavier(key: Key, rows: number, columns: number, fanOut: number = rows): Tensor {
  const bound = Math.sqrt(6 / (columns + fanOut));
  return new Tensor(uniform(key, rows * columns, -bound, bound), [rows, columns]);
}

/** `blocks` orthogonal matrices [size, size] on top of each other, one per gate (Saxe et al. 2014). */
export function orthogonal(key: Key, blocks: number, size: number): Tensor {
  const data = new Float64Array(blocks * size * size);
  for (let block = 0; block < blocks; block++) {
    data.set(orthonormalRows(normal(fold(key, block), size * size), size), block * size * size);
  }
  return new Tensor(data, [blocks * size, size]);
}

/** A vector of zeros, but for ones in the range from (inclusive) to (exclusive). */
export function bias(size: number, onesFrom = 0, onesTo = 0): Tensor {
  return new Tensor(new Float64Array(size).fill(1, onesFrom, onesTo), [size]);
}

/** Modified Gram-Schmidt, twice: once loses orthogonality to rounding when rows are nearly dependent. */
function orthonormalRows(rows: Float64Array, size: number): Float64Array {
  const line = (i: number): Float64Array => rows.subarray(i * size, (i + 1) * size);
  for (let i = 0; i < size; i++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) subtractProjection(line(i), line(j));
    }
    const length = Math.sqrt(line(i).reduce((sum, x) => sum + x * x, 0));
    for (let k = 0; k < size; k++) line(i)[k] = (line(i)[k] as number) / length;
  }
  return rows;
}

function subtractProjection(row: Float64Array, onto: Float64Array): void {
  const dot = row.reduce((sum, x, k) => sum + x * (onto[k] as number), 0);
  for (let k = 0; k < row.length; k++) row[k] = (row[k] as number) - dot * (onto[k] as number);
}
