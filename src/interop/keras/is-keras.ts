import type { FileBytes } from '../format.ts';

/** What a .keras file says of its layers, and the files of their weights, of which it has one. */
export const CONFIG = 'config.json';
export const WEIGHTS: RegExp = /^model\.weights\.(h5|npz)$/;

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether it is a .keras file, or any of HDF5. */
export function isKeras({ bytes, archive }: FileBytes): boolean {
  if (!archive) return HDF5.every((byte, i) => bytes[i] === byte);
  return archive.names.includes(CONFIG) && archive.names.some((name) => WEIGHTS.test(name));
}
