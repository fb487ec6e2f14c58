import { DataError, ShapeError, show } from '../errors.ts';
import { tellAcrossCopies } from '../realms.ts';
import { isNumbers, type Numbers, numbersOf, placeOfNotFinite, type WideIntegers } from './typed-arrays.ts';

/** Numbers nested as in JSON: `[[1, 2], [3, 4]]` has shape [2, 2]. */
export type Nested = number | readonly Nested[];

/** What the public API takes where it wants numbers: nested lists whose rows may be typed arrays or tensors, or one of these. */
export type TensorLike = number | Numbers | WideIntegers | Tensor | readonly TensorLike[];

/** The most axes that a tensor can have: as many as in NumPy. */
export const MOST_AXES = 64;

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
   * @throws DataError when the data is no typed array of numbers
   * @throws ShapeError when a size or a stride is no whole number from 0, or the data is too short
   */
  constructor(data: Numbers, shape: readonly number[], strides?: readonly number[]) {
    if (!isNumbers(data)) {
      throw new DataError(
        `tensor: a typed array of numbers was expected as the data, but ${show(data)} came; tensor() takes lists`,
      );
    }
    if (!Array.isArray(shape)) throw noShape(shape);
    expectSizes(shape, strides ?? new Array(shape.length).fill(0));
    const steps = strides ?? rowMajor(shape);
    const last = shape.reduce((end, size, axis) => end + (size - 1) * (steps[axis] ?? 0), 0);
    const empty = sizeOf(shape) === 0;
    if (!empty && last >= data.length) {
      throw new ShapeError(
        `tensor: ${last + 1} numbers for shape ${show(shape)} were expected, but ${data.length} came; give as many as the shape holds`,
      );
    }
    this.data = data;
    this.shape = shape;
    this.strides = steps;
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
    copyInto(out, 0, this);
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
 * A tensor from nested lists, or from a flat array and a shape. A typed array is taken as it is and not copied, so that a
 * whole batch costs nothing; one of 64-bit integers, which no tensor holds, becomes a Float64Array.
 * @throws ShapeError when the rows are ragged or the shape does not fit
 * @throws DataError when an entry is not a finite number
 * @example
 * ```ts
 * import { tensor } from 'keepgate';
 *
 * console.log(tensor([[1, 2], [3, 4]]).shape); // prints: [ 2, 2 ]
 * console.log(tensor([Float32Array.of(1, 2), Uint8Array.of(3, 4)]).at(1, 0)); // prints: 3
 * console.log(tensor(new Float32Array(6), [2, 3]).at(1, 2)); // prints: 0
 * tensor([[1, 2], [3]]); // throws: ShapeError: tensor: rows of equal length ([2, 2]) were expected, but index [1] differs...
 * ```
 */
export function tensor(values: TensorLike, shape?: readonly number[]): Tensor {
  if (shape !== undefined) {
    if (!Array.isArray(shape)) throw noShape(shape);
    expectSizes(shape, new Array(shape.length).fill(0));
  }
  if (values instanceof Tensor) return shape ? fromFlat(values.toFlat(), shape) : expectFinite(values);
  const numbers = numbersOf('tensor', values);
  if (numbers) return fromFlat(numbers, shape ?? [numbers.length]);
  const found = nestedShape(values);
  expectEven(values, found, []);
  const data = new Float64Array(sizeOf(found));
  fill(data, 0, values, found, []);
  return fromFlat(data, shape ?? found);
}

function noShape(shape: unknown): ShapeError {
  return new ShapeError(`tensor: a list of sizes was expected as the shape, but ${show(shape)} came; pass [size]`);
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
  const numbers = flatOf(value);
  const at = placeOfNotFinite(numbers);
  if (at === -1) return value;
  throw new DataError(
    `tensor: finite numbers were expected, but ${numbers[at]} came at entry ${at}; clean the data first`,
  );
}

/** @throws ShapeError unless they are sizes and strides of a tensor */
function expectSizes(shape: readonly number[], strides: readonly number[]): void {
  const areWhole = (list: readonly number[]): boolean =>
    Array.isArray(list) && list.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (areWhole(shape) && areWhole(strides) && shape.length === strides.length && shape.length <= MOST_AXES) return;
  throw new ShapeError(
    `tensor: whole sizes from 0 and strides from 0, of at most ${MOST_AXES} axes, were expected, but shape ${show(shape)} with strides ${show(strides)} came`,
  );
}

/** The numbers in row-major order: those of the tensor itself where they lie so, else copies. */
export function flatOf(value: Tensor): Numbers {
  return isInOrder(value) ? (value.data.subarray(0, sizeOf(value.shape)) as Numbers) : value.toFlat();
}

/** Whether the entries lie one behind the other, in row-major order. */
function isInOrder({ shape, strides }: Tensor): boolean {
  const rows = rowMajor(shape);
  return strides.every((stride, axis) => stride === rows[axis] || (shape[axis] as number) <= 1);
}

/** Entry i along the first axis: a view. */
export function entryOf({ data, shape, strides }: Tensor, i: number): Tensor {
  const [stride = 0, ...within] = strides;
  const sizes = shape.slice(1);
  const span = sizes.reduce((end, size, axis) => end + (size - 1) * (within[axis] as number), 1);
  return new Tensor(data.subarray(i * stride, i * stride + span) as Numbers, sizes, within);
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
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

/** Copy a tensor's entries in row-major order. @returns the place behind them */
function copyInto(out: Float64Array, start: number, value: Tensor): number {
  const { data, shape, strides } = value;
  let next = start;
  if (isInOrder(value)) {
    // At once, and not row by row, where an embedding has 50,000 of them.
    const size = sizeOf(shape);
    out.set(data.subarray(0, size), next);
    return next + size;
  }
  const walk = (axis: number, offset: number): void => {
    const size = shape[axis];
    const stride = strides[axis];
    if (size === undefined || stride === undefined) {
      out[next++] = data[offset] as number;
    } else if (stride === 1 && axis === shape.length - 1) {
      out.set(data.subarray(offset, offset + size), next);
      next += size;
    } else {
      for (let i = 0; i < size; i++) walk(axis + 1, offset + i * stride);
    }
  };
  walk(0, 0);
  return next;
}

/** The shape that the first entries have, at each depth: others may differ yet. */
function nestedShape(values: TensorLike): number[] {
  const shape: number[] = [];
  let level: TensorLike | undefined = values;
  while (Array.isArray(level)) {
    if (shape.length === MOST_AXES) {
      throw new ShapeError(`tensor: lists in at most ${MOST_AXES} others were expected, but deeper ones came`);
    }
    shape.push(level.length);
    level = level[0];
  }
  return shape.concat(axesOf(level) ?? []);
}

/** The shape of a row that is no list; undefined for what is no row. */
function axesOf(value: TensorLike | undefined): readonly number[] | undefined {
  if (value instanceof Tensor) return value.shape;
  const numbers = numbersOf('tensor', value);
  return numbers && [numbers.length];
}

/**
 * Whether all rows are as long as the first ones, before there is room made for them: what is too much is mostly ragged.
 * @throws ShapeError for a row that is not; DataError for what is no row
 */
function expectEven(value: TensorLike, shape: readonly number[], path: readonly number[]): void {
  const below = shape.slice(path.length);
  if (below.length === 0) return;
  if (Array.isArray(value)) {
    if (value.length !== below[0]) throw ragged(path, shape);
    // Entries along the last axis are judged where they are copied.
    if (below.length > 1) for (let i = 0; i < value.length; i++) expectEven(value[i], shape, [...path, i]);
    return;
  }
  const axes = axesOf(value);
  if (!axes && typeof value !== 'number') throw noNumber(value, path);
  if (axes?.length !== below.length || axes.some((size, axis) => size !== below[axis])) throw ragged(path, shape);
}

/** Copy nested numbers whose rows are even. @returns the place behind them */
function fill(
  out: Float64Array,
  start: number,
  value: TensorLike,
  shape: readonly number[],
  path: readonly number[],
): number {
  if (path.length === shape.length) {
    out[start] = expectEntry(value, shape, path);
    return start + 1;
  }
  if (value instanceof Tensor) return copyInto(out, start, value);
  if (!Array.isArray(value)) {
    const row = numbersOf('tensor', value) as Numbers;
    out.set(row, start);
    return start + row.length;
  }
  let next = start;
  for (let i = 0; i < value.length; i++) {
    const entry: TensorLike = value[i];
    // Most entries are numbers in their place: no list of their path is made.
    if (path.length + 1 === shape.length && Number.isFinite(entry)) out[next++] = entry as number;
    else next = fill(out, next, entry, shape, [...path, i]);
  }
  return next;
}

function expectEntry(value: TensorLike, shape: readonly number[], path: readonly number[]): number {
  if (Array.isArray(value) || axesOf(value)) throw ragged(path, shape);
  if (typeof value !== 'number') throw noNumber(value, path);
  if (Number.isFinite(value)) return value;
  throw new DataError(
    `tensor: finite numbers were expected, but ${value} came at index ${show(path)}; clean the data first`,
  );
}

function noNumber(value: unknown, path: readonly number[]): DataError {
  return new DataError(`tensor: a number was expected at index ${show(path)}, but ${show(value)} came`);
}

function ragged(path: readonly number[], found: readonly number[]): ShapeError {
  return new ShapeError(
    `tensor: rows of equal length (${show(found)}) were expected, but index ${show(path)} differs; pad the rows first`,
  );
}
