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
  for (let i = 0; i < size; i++) {
    const row = rows.subarray(i * size, (i + 1) * size);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) subtractProjection(row, rows.subarray(j * size, (j + 1) * size));
    }
    const length = Math.sqrt(dot(row, row));
    for (let k = 0; k < size; k++) row[k] = (row[k] as number) / length;
  }
  return rows;
}

function subtractProjection(row: Float64Array, onto: Float64Array): void {
  const share = dot(row, onto);
  for (let k = 0; k < row.length; k++) row[k] = (row[k] as number) - share * (onto[k] as number);
}

// A loop, where reduce would read better: at 512 units this runs half a billion times.
function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}
