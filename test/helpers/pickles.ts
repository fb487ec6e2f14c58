import { writeZip } from '../../src/interop/archives/write-zip.ts';

/** Pickles by hand: opcodes and their arguments, as characters of one byte each. */
export const GLOBAL = (path: string): string =>
  `c${path.slice(0, path.lastIndexOf('.'))}\n${path.slice(path.lastIndexOf('.') + 1)}\n`;
export const TEXT = (value: string): string => `U${String.fromCharCode(value.length)}${value}`;
export const WHOLE = (value: number): string =>
  `J${String.fromCharCode(...[0, 8, 16, 24].map((shift) => (value >> shift) & 255))}`;
export const TUPLE = (...items: readonly string[]): string => `(${items.join('')}t`;

/** What a storage and a tensor of PyTorch are in a pickle. */
export const STORAGE = (count: number, type = 'torch.FloatStorage', key = '0'): string =>
  `${TUPLE(TEXT('storage'), GLOBAL(type), TEXT(key), TEXT('cpu'), WHOLE(count))}Q`;
export const TENSOR = (
  storage: string,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): string => {
  const sizes = [shape, strides].map((list) => TUPLE(...list.map(WHOLE)));
  return `${GLOBAL('torch._utils._rebuild_tensor_v2')}${TUPLE(storage, WHOLE(offset), ...sizes, '\x89', '}')}R`;
};
export const DICT = (...items: readonly string[]): string => `}(${items.join('')}u`;

export function bytesOfPickle(pickle: string): Uint8Array {
  return Uint8Array.from(`\x80\x02${pickle}.`, (character) => character.charCodeAt(0));
}

/** A file of PyTorch with this object, and four numbers as its storage 0. */
export function torchFile(pickle: string, files: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const all = {
    'data.pkl': bytesOfPickle(pickle),
    'data/0': new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer),
    ...files,
  };
  return writeZip(Object.entries(all).map(([name, bytes]) => ({ name: `file/${name}`, bytes })));
}
