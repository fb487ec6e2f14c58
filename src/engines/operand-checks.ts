import { expectNumbers, expectObject, MOST_NUMBERS, readable } from '../checks.ts';
import { DataError, EngineError, ShapeError, show } from '../errors.ts';
import { typedArrayName } from '../realms.ts';
import { sizeOf } from '../tensor/tensor.ts';
import type { Kernel } from './kernel.ts';
import type { Handle, KernelArgs, Ops, Shape } from './ops.ts';

/** The checks of operands that engines share: past them, sizes are trusted. */

/** @throws EngineError for what has not the functions of an engine, as far as they tell one from all else */
export function expectOps(who: string, ops: unknown): asserts ops is Ops {
  const names = ['upload', 'read', 'run', 'openScope'] as const;
  if (readable(who, () => names.every((name) => typeof Object(ops)[name] === 'function'))) return;
  throw new EngineError(`${who}: an engine that createEngine() gives was expected, but ${show(ops)} came`);
}

function hasShape(value: unknown): boolean {
  try {
    return Array.isArray((value as Handle | null | undefined)?.shape);
  } catch {
    return false;
  }
}

/** @throws EngineError for what cannot be gone through */
export function listOf<T>(who: string, items: Iterable<T>): readonly T[] {
  const isIterable = readable(
    who,
    () => typeof items === 'object' && typeof Object(items)[Symbol.iterator] === 'function',
  );
  if (isIterable) return readable(who, () => Array.from(items));
  throw new EngineError(`${who}: a list of handles was expected, but ${show(items)} came`);
}

/** @throws EngineError for what is no handle; whose it is each engine sees for itself */
export function expectHandle(who: string, name: string, handle: unknown): asserts handle is Handle {
  if (hasShape(handle)) return;
  throw new EngineError(
    `${who}: a handle of an engine was expected as ${name}, but ${show(handle)} came; upload numbers first`,
  );
}

/** @throws ShapeError unless it is a list of sizes, of not more numbers than an array holds */
export function expectSizes(who: string, shape: Shape): void {
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (isShape && sizeOf(shape) <= MOST_NUMBERS) return;
  throw new ShapeError(
    `${who}: a list of whole sizes from 0, of at most ${MOST_NUMBERS} numbers, was expected as the shape, but ${show(shape)} came`,
  );
}

/** @throws OptionError or ShapeError unless they are numbers, as many as the shape holds */
export function expectCount(who: string, values: ArrayLike<number>, shape: Shape): void {
  readable(who, () => expectSizes(who, shape));
  expectNumbers(who, 'values', values);
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError(
      `${who}: ${sizeOf(shape)} numbers for shape [${shape}] were expected, but ${values.length} came`,
    );
  }
}

const LARGEST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** What of finite numbers float32 does not hold: the first that would become infinite; undefined when all are held. */
export function beyondFloat32(values: ArrayLike<number>): number | undefined {
  if (typedArrayName(values) === 'Float32Array') return undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    // What lies just above is rounded down to it.
    if (Math.abs(value) > LARGEST_FLOAT32 && Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      return value;
  }
  return undefined;
}

/** For engines that compute in float32. @throws DataError for a number that would become infinite there */
export function expectFloat32(who: string, values: ArrayLike<number>): void {
  const beyond = beyondFloat32(values);
  if (beyond === undefined) return;
  throw new DataError(
    `${who}: numbers that float32 holds, up to ${LARGEST_FLOAT32.toPrecision(3)}, were expected, but ${beyond} came; scale the data, or take the engine 'reference'`,
  );
}

/** @throws ShapeError unless the range lies within a size */
export function expectRange(who: string, from: number, to: number, size: number): void {
  const isRange = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= size;
  if (!isRange) {
    throw new ShapeError(`${who}: a range within 0 to ${size} was expected, but ${show(from)} to ${show(to)} came`);
  }
}

/** @throws ShapeError unless rows have this width */
export function expectWidth(who: string, x: Handle, width: number): void {
  if (x.shape.at(-1) !== width) {
    throw new ShapeError(`${who}: rows of ${width} were expected, but shape [${x.shape}] came`);
  }
}

/** @throws ShapeError unless an operand that may be left out has this many numbers */
export function expectSize(who: string, x: Handle | undefined, size: number): void {
  if (x === undefined) return;
  expectHandle(who, 'an operand', x);
  if (sizeOf(x.shape) !== size) {
    throw new ShapeError(`${who}: ${size} numbers were expected, but shape [${x.shape}] came`);
  }
}

/** @throws OptionError or EngineError unless they have an input for each name and a number for each scalar of a kernel */
export function expectKernelArgs(kernel: Kernel, args: KernelArgs<string, string>): void {
  const who = `kernel ${kernel.name}`;
  expectObject(who, args);
  const { inputs, scalars = {} } = args;
  expectObject(`${who}: inputs`, inputs);
  for (const name of Object.keys(kernel.inputs)) expectHandle(who, name, inputs[name]);
  expectObject(`${who}: scalars`, scalars);
  for (const name of kernel.scalars ?? []) {
    if (typeof scalars[name] === 'number') continue;
    throw new EngineError(`${who}: a number was expected as the scalar ${name}, but ${show(scalars[name])} came`);
  }
}

/** An input of a kernel: rows of so many segments. */
export interface KernelRows {
  readonly name: string;
  readonly segments: number;
  readonly shape: Shape;
  readonly rows: number;
}

/**
 * What a kernel runs on, as its longest input says: the rows, the units of a segment, and the shape around a row.
 * @throws ShapeError unless every input has such rows, or one for all of them
 */
export function expectRows(
  kernel: string,
  inputs: readonly KernelRows[],
): { readonly rows: number; readonly width: number; readonly outer: Shape } {
  let longest = inputs[0] as KernelRows;
  for (const input of inputs) if (input.rows > longest.rows) longest = input;
  const { rows } = longest;
  const width = (longest.shape.at(-1) ?? 1) / longest.segments;
  for (const { name, segments, shape, rows: count } of inputs) {
    if (shape.at(-1) !== segments * width || (count !== rows && count !== 1)) {
      throw new ShapeError(
        `kernel ${kernel}: ${name} with rows of ${segments} x ${width} was expected, but shape [${shape}] came`,
      );
    }
  }
  return { rows, width, outer: longest.shape.slice(0, -1) };
}

/** @throws ShapeError for a step without samples; their number may be left out */
export function expectBatch(who: string, batch: number | undefined): void {
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1)) {
    throw new ShapeError(`${who}: a batch of at least 1 was expected, but ${show(batch)} came`);
  }
}

/** @throws ShapeError unless all ids are rows of a table, or -1 */
export function expectIds(who: string, ids: Int32Array, rows: number): void {
  const stray = ids.find((id) => id >= rows);
  if (stray !== undefined) {
    throw new ShapeError(`${who}: ids below ${rows} were expected, but ${show(stray)} came`);
  }
}
