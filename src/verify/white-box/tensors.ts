import { normal } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';
import { sizeOf, Tensor } from '../../tensor/tensor.ts';

/** A tensor whose entries are a function of their index. */
export function generate(shape: readonly number[], entry: (index: readonly number[]) => number): Tensor {
  const data = new Float64Array(sizeOf(shape));
  for (let flat = 0; flat < data.length; flat++) {
    const index = shape.map((size, axis) => Math.floor(flat / sizeOf(shape.slice(axis + 1))) % size);
    data[flat] = entry(index);
  }
  return new Tensor(data, shape);
}

/** Random numbers from the standard normal distribution, times `scale`. */
export function randomTensor(key: Key, name: string, shape: readonly number[], scale = 1): Tensor {
  return new Tensor(
    normal(fold(key, name), sizeOf(shape)).map((value) => value * scale),
    shape,
  );
}

/** The slices of an axis at these indices, in this order; an index may come twice. */
export function take(t: Tensor, axis: number, indices: readonly number[]): Tensor {
  return generate(t.shape.with(axis, indices.length), (index) =>
    t.at(...index.with(axis, indices[index[axis] as number] as number)),
  );
}

/** Two tensors joined along an axis. */
export function join(axis: number, first: Tensor, second: Tensor): Tensor {
  const size = first.shape[axis] as number;
  return generate(first.shape.with(axis, size + (second.shape[axis] as number)), (index) => {
    const at = index[axis] as number;
    return at < size ? first.at(...index) : second.at(...index.with(axis, at - size));
  });
}

/** from, from + 1, ..., to - 1 */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** The entries of a record, changed. */
export function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}
