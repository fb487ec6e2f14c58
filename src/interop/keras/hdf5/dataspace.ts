import { MOST_NUMBERS } from '../../../checks.ts';
import { brokenHdf5 } from './broken-hdf5.ts';
import type { FileView } from './file-view.ts';

const MOST_AXES = 32;

/** The shape of a dataset or an attribute; null for one without entries. @throws DataError for one that no memory holds */
export function shapeAt(file: FileView, at: number): readonly number[] | null {
  const version = file.u8(at);
  const axes = file.u8(at + 1);
  if (version !== 1 && version !== 2) throw brokenHdf5('a shape of version 1 or 2', `${version}`);
  if (axes > MOST_AXES) throw brokenHdf5(`at most ${MOST_AXES} axes`, `${axes}`);
  if (version === 2 && file.u8(at + 3) === 2) return null;
  const begin = at + (version === 1 ? 8 : 4);
  const shape = Array.from({ length: axes }, (_, axis) => file.u64(begin + axis * 8));
  const count = shape.reduce((product, size) => product * size, 1);
  if (count <= MOST_NUMBERS && shape.every((size) => size <= MOST_NUMBERS)) return shape;
  throw brokenHdf5(`at most ${MOST_NUMBERS} numbers`, `shape [${shape}]`);
}
