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

/** @throws ShapeError unless the samples of a step, where they are given, are at least one */
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
