import type { Cell } from '../../cells/cell.ts';
import type { Extents } from '../../masks/mask.ts';
import { type LaneName, laneNames } from '../../sequence/lanes.ts';

/** What a recurrent layer is, but for its numbers. */
export interface RecurrentShape {
  readonly cell: Cell;
  /** H */
  readonly units: number;
  readonly directions: 1 | 2;
  /** Whether it has biases. */
  readonly bias: boolean;
  readonly lanes: readonly LaneName[];
}

/** What a recurrent layer is told, or what its lanes are told alike, but for the size of what comes in. */
export interface StackShape extends Omit<RecurrentShape, 'lanes'> {
  readonly layers: number;
}

/** @param inputSize I, of the first of the layers */
export function shapeOf({ cell, units, layers, directions, bias }: StackShape, inputSize: number): RecurrentShape {
  return { cell, units, directions, bias, lanes: laneNames(layers, directions, inputSize, units) };
}

/** What the masks of one lane are drawn for. @param sizes of the batch */
export function extentsOf<S extends Partial<Extents>>(
  cell: Cell,
  units: number,
  inputSize: number,
  sizes: S,
): S & Pick<Extents, 'inputSize' | 'hiddenSize' | 'gates'> {
  return { ...sizes, inputSize, hiddenSize: units, gates: cell.gates.length };
}
