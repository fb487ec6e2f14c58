import { DataError, ShapeError, show } from '../errors.ts';
import { tellAcrossCopies } from '../realms.ts';

/** The number arrays that tensors are made of. */
export type Numbers = Float64Array | Float32Array;

/** Numbers nested as in JSON: `[[1, 2], [3, 4]]` has shape [2, 2]. */
export type Nested = number | readonly Nested[];

/** What the public API takes where it wants numbers: nested arrays, or a tensor. */
export type TensorLike = Nested | Tensor;

/**
 * A dense array of numbers on the host, with a shape and a stride per axis: entry (i, j, ...) is
 * `data[i * strides[0] + j * strides[1] + ...]`. A transposition is other strides over the same data.
 * @example
 * ```ts
 * import { Tensor } from 'keepgate';
 *
 * const x = new Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
 * console.log(x.shape, x.at(1, 0)); // prints: [ 2, 3 ] 4
 * console.log(JSON.stringify(x.swapFirstAxes())); // prints: [[1,4],[2,5],[3,6]]
 * ```
 */
export class Tensor {
  static {
    tellAcrossCopies(Tensor, 'Tensor');
  }

  /** The entries, in the order that the strides say. */
  readonly data: Numbers;
  /** The number of entries along each axis. */
  readonly shape: readonly number[];
  /** How far apart in `data` neighbours along each axis are, in entries. */
  readonly strides: readonly number[];

  /**
   * @param data is not copied
   * @param strides in entries, row-major when left out
   * @throws ShapeError when a size or a stride is no whole number from 0, or the data is too short
   */
  constructor(data: Numbers, shape: readonly number[], strides: readonly number[] = rowMajor(shape)) {
    if (
      shape.some((size) => !Number.isSafeInteger(size) || size < 0) ||
      strides.length !== shape.length ||
      strides.some((stride) => !Number.isSafeInteger(stride) || stride < 0)
    ) {
      throw new ShapeError(
        `tensor: whole sizes from 0 and strides from 0 were expected, but shape ${show(shape)} with strides ${show(strides)} came`,
      );
    }
    const last = shape.reduce((end, size, axis) => end + (size - 1) * (strides[axis] ?? 0), 0);
    const empty = sizeOf(shape) === 0;
    if (!empty && last >= data.length) {
      throw new ShapeError(
        `tensor: ${last + 1} numbers for shape ${show(shape)} were expected, but ${data.length} came; give as many as the shape holds`,
      );
    }
    this.data = data;
    this.shape = shape;
    this.strides = strides;
  }

  /**
   * The entry at an index, one number per axis.
   * @throws ShapeError for an index outside of the shape
   */
  at(...index: number[]): number {
    if (
      index.length !== this.shape.length ||
      index.some((i, axis) => !(Number.isInteger(i) && i >= 0 && i < (this.shape[axis] ?? 0)))
    ) {
      throw new ShapeError(`tensor: an index inside ${show(this.shape)} was expected, but ${show(index)} came`);
    }
    return this.data[index.reduce((sum, i, axis) => sum + i * (this.strides[axis] ?? 0), 0)] as number;
  }

  /** The same numbers with axes 0 and 1 exchanged; nothing is copied. */
  swapFirstAxes(): Tensor {
    const swap = ([a = 1, b = 1, ...rest]: readonly number[]): number[] => [b, a, ...rest];
    return new Tensor(this.data, swap(this.shape), swap(this.strides));
  }

  /** The entries in row-major order, as a new Float64Array. */
  toFlat(): Float64Array {
    const out = new Float64Array(sizeOf(this.shape));
    let next = 0;
    const walk = (axis: number, offset: number): void => {
      if (axis === this.shape.length) {
        out[next++] = this.data[offset] as number;
        return;
      }
      const size = this.shape[axis] as number;
      const stride = this.strides[axis] as number;
      for (let i = 0; i < size; i++) walk(axis + 1, offset + i * stride);
    };
    walk(0, 0);
    return out;
  }

  /** The entries as nested arrays. The type parameter names the depth: `toArray<number[][]>()`. */
  toArray<N extends Nested = Nested>(): N {
    const build = (axis: number, offset: number): Nested => {
      if (axis === this.shape.length) return this.data[offset] as number;
      const stride = this.strides[axis] as number;
      return Array.from({ length: this.shape[axis] as number }, (_, i) => build(axis + 1, offset + i * stride));
    };
    return build(0, 0) as N;
  }

  /** What JSON has in its place: {@link toArray}. */
  toJSON(): Nested {
    return this.toArray();
  }
}

/**
 * A tensor from nested arrays, or from a flat array and a shape.
 * @throws ShapeError when the rows are ragged or the shape does not fit
 * @throws DataError when an entry is not a finite number
 * @example
 * ```ts
 * import { tensor } from 'keepgate';
 *
 * console.log(tensor([[1, 2], [3, 4]]).shape); // prints: [ 2, 2 ]
 * console.log(tensor(new Float32Array(6), [2, 3]).at(1, 2)); // prints: 0
 * tensor([[1, 2], [3]]); // throws: ShapeError: tensor: rows of equal length ([2, 2]) were expected, but index [1] differs...
 * ```
 */
export function tensor(values: TensorLike | Numbers, shape?: readonly number[]): Tensor {
  if (shape !== undefined && !Array.isArray(shape))
    throw new ShapeError(`tensor: a list of sizes was expected as the shape, but ${show(shape)} came; pass [size]`);
  if (values instanceof Tensor) return shape ? fromFlat(values.toFlat(), shape) : expectFinite(values);
  if (values instanceof Float64Array || values instanceof Float32Array) {
    return fromFlat(values, shape ?? [values.length]);
  }
  const found = nestedShape(values);
  const data = new Float64Array(sizeOf(found));
  let next = 0;
  const walk = (value: Nested, axis: number, path: readonly number[]): void => {
    if (typeof value === 'number') {
      if (axis !== found.length) throw ragged(path, found);
      if (!Number.isFinite(value)) {
        throw new DataError(
          `tensor: finite numbers were expected, but ${value} came at index ${show(path)}; clean the data first`,
        );
      }
      data[next++] = value;
      return;
    }
    if (!Array.isArray(value)) {
      throw new DataError(`tensor: a number was expected at index ${show(path)}, but ${show(value)} came`);
    }
    if (value.length !== found[axis]) throw ragged(path, found);
    for (const [i, entry] of value.entries()) walk(entry, axis + 1, [...path, i]);
  };
  walk(values, 0, []);
  return fromFlat(data, shape ?? found);
}

function fromFlat(data: Numbers, shape: readonly number[]): Tensor {
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `tensor: ${sizeOf(shape)} numbers for shape ${show(shape)} were expected, but ${data.length} came`,
    );
  }
  return expectFinite(new Tensor(data, shape));
}

function expectFinite(value: Tensor): Tensor {
  const at = value.data.findIndex((entry) => !Number.isFinite(entry));
  if (at !== -1) {
    throw new DataError(
      `tensor: finite numbers were expected, but ${value.data[at]} came at entry ${at}; clean the data first`,
    );
  }
  return value;
}

/** @throws ShapeError unless the tensor has the expected shape; -1 accepts any size of an axis */
export function expectShape(who: string, value: Tensor, expected: readonly number[], letters: string): void {
  const fits =
    value.shape.length === expected.length && expected.every((size, axis) => size === -1 || size === value.shape[axis]);
  if (!fits) {
    const wanted = expected.map((size) => (size === -1 ? '?' : size));
    throw new ShapeError(
      `${who}: shape ${letters} = [${wanted.join(', ')}] was expected, but ${show(value.shape)} came; reshape it`,
    );
  }
}

/** The number of entries of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Row-major strides: the last axis is contiguous. */
export function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

function nestedShape(values: Nested): number[] {
  const shape: number[] = [];
  let level: Nested = values;
  while (Array.isArray(level)) {
    shape.push(level.length);
    if (level.length === 0) break;
    level = level[0] as Nested;
  }
  return shape;
}

function ragged(path: readonly number[], found: readonly number[]): ShapeError {
  return new ShapeError(
    `tensor: rows of equal length (${show(found)}) were expected, but index ${show(path)} differs; pad the rows first`,
  );
}
