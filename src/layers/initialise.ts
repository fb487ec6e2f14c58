import { fillNormal, fillUniform, roomFor } from '../random/draws.ts';
import { fold, type Key } from '../random/key.ts';
import { Tensor } from '../tensor/tensor.ts';
import { orthonormalise } from './orthonormalise.ts';

/** Fresh values in the making, in parts of a few ms. */
export type Parts = Generator<undefined, Tensor>;

/** Numbers that are drawn at a time. */
const PART = 2 ** 16;

/** Uniform within ±sqrt(6 / (fan in + fan out)), [rows, columns] (Glorot and Bengio 2010). */
export function* xavier(key: Key, rows: number, columns: number, fanOut: number = rows): Parts {
  const bound = Math.sqrt(6 / (columns + fanOut));
  const data = roomFor('weight', rows * columns);
  yield* inParts(data, (part, first) => fillUniform(part, key, { low: -bound, high: bound, first }));
  return new Tensor(data, [rows, columns]);
}

/** Normal with a deviation of 1/2, [rows, columns]. */
export function* halfNormal(key: Key, rows: number, columns: number): Parts {
  const data = roomFor('weight', rows * columns);
  yield* inParts(data, (part, first) => {
    fillNormal(part, key, first);
    for (let i = 0; i < part.length; i++) part[i] = (part[i] as number) * 0.5;
  });
  return new Tensor(data, [rows, columns]);
}

/** `blocks` orthogonal matrices [size, size] on top of each other, one per gate (Saxe et al. 2014). */
export function* orthogonal(key: Key, blocks: number, size: number): Parts {
  const entries = size * size;
  const data = roomFor('weight', blocks * entries);
  const all = Array.from({ length: blocks }, (_, i) => data.subarray(i * entries, (i + 1) * entries));
  for (const [i, block] of all.entries()) {
    const ofBlock = fold(key, i);
    yield* inParts(block, (part, first) => fillNormal(part, ofBlock, first));
  }
  yield* orthonormalise(all, size);
  return new Tensor(data, [blocks * size, size]);
}

/** A vector of zeros, but for ones in the range from (inclusive) to (exclusive). */
export function bias(size: number, onesFrom = 0, onesTo = 0): Tensor {
  return new Tensor(roomFor('weight', size).fill(1, onesFrom, onesTo), [size]);
}

function* inParts(data: Float64Array, fill: (part: Float64Array, first: number) => void): Generator<undefined, void> {
  for (let first = 0; first < data.length; first += PART) {
    fill(data.subarray(first, first + PART), first);
    yield;
  }
}
