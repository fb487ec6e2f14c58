import { brokenHdf5 } from './broken-hdf5.ts';
import type { FileView } from './file-view.ts';

/** The address of the root group. @throws DataError when the file is truncated, or of a version that is not known */
export function rootOf(file: FileView): number {
  const version = file.u8(8);
  if (version > 3) throw brokenHdf5('a superblock of version 0 to 3', `version ${version}`);
  const isOld = version < 2;
  const [offsets, lengths] = isOld ? [file.u8(13), file.u8(14)] : [file.u8(9), file.u8(10)];
  if (offsets !== 8 || lengths !== 8) throw brokenHdf5('addresses of 8 bytes', `${offsets}`);
  const base = isOld ? 24 + (version === 1 ? 4 : 0) : 12;
  // Base, extension or free space, end, and where the root is or a driver.
  const end = file.u64(base + 16);
  if (file.u64(base) !== 0) throw brokenHdf5('HDF5 from the first byte on', 'HDF5 further on');
  if (end > file.length) throw brokenHdf5(`a file of ${end} bytes`, `${file.length} (it is truncated)`);
  return isOld ? file.u64(base + 40) : file.u64(base + 24);
}
