import type { Cell } from '../../cells/cell.ts';
import type { Extents } from '../../masks/mask.ts';
import { type LaneName, laneNames } from '../../sequence/lanes.ts';

/** What a recurrent layer is, but for its numbers. */
export interface RecurrentShape {
  readonly cell: Cell;
  /** H */
  readonly units: number;
  readonly directions: 1 | 2;
  readonly lanes: readonly LaneName[];
}

/** @param inputSize I, of the first of the layers */
export function shapeOf(
  cell: Cell,
  units: number,
  layers: number,
  directions: 1 | 2,
  inputSize: number,
): RecurrentShape {
  return { cell, units, directions, lanes: laneNames(layers, directions, inputSize, units) };
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
