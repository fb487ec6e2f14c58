import { ShapeError, show } from '../errors.ts';
import { sizeOf } from '../tensor/tensor.ts';
import type { Handle, Shape } from './ops.ts';

/** The checks of operands that engines share: past them, sizes are trusted. */

/** @throws ShapeError unless there are as many values as the shape holds */
export function expectCount(who: string, values: ArrayLike<number>, shape: Shape): void {
  if (values.length !== sizeOf(shape)) {
    throw new ShapeError(
      `${who}: ${sizeOf(shape)} numbers for shape [${shape}] were expected, but ${values.length} came`,
    );
  }
}

/** @throws ShapeError unless the range lies within a size */
export function expectRange(who: string, from: number, to: number, size: number): void {
  if (!(from >= 0 && from <= to && to <= size)) {
    throw new ShapeError(`${who}: a range within 0 to ${size} was expected, but ${from} to ${to} came`);
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
  if (x && sizeOf(x.shape) !== size) {
    throw new ShapeError(`${who}: ${size} numbers were expected, but shape [${x.shape}] came`);
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
  if (batch !== undefined && !(batch >= 1)) {
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
