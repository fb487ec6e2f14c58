import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError, type Examples, type Key, permutation, tensor } from 'keepgate';

/** The side of a picture in the files. */
export const SIDE = 28;

/** The first four bytes of an idx file say what it holds: bytes in three dimensions, or in one. */
const MAGIC = { images: 0x803, labels: 0x801 };

/** Pictures of digits, all in one array: SIDE x SIDE bytes each. */
export interface Digits {
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * The digits of one part of MNIST (LeCun, Cortes and Burges).
 * @param part 'train' with 60,000 digits, or 't10k' with 10,000: how the names of its files begin
 * @throws DataError when a file is missing or is not what it should be
 */
export async function readDigits(folder: string, part: 'train' | 't10k'): Promise<Digits> {
  const images = await readIdx(join(folder, `${part}-images-idx3-ubyte.gz`), MAGIC.images, SIDE * SIDE);
  const labels = await readIdx(join(folder, `${part}-labels-idx1-ubyte.gz`), MAGIC.labels, 1);
  if (images.length !== labels.length * SIDE * SIDE) {
    throw new DataError(
      `${folder}: as many labels as images of ${part} were expected, but ${images.length / SIDE ** 2} images and ${labels.length} labels came; check the files`,
    );
  }
  return { pixels: images, labels };
}

/**
 * What follows the header of a gzipped idx file: its magic number, then the size of each dimension, in four bytes each.
 * @param size the bytes of one entry
 */
async function readIdx(path: string, magic: number, size: number): Promise<Uint8Array> {
  const packed = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      `${path}: a gzipped file of MNIST was expected, but it cannot be read (${error.code}); name the folder that holds the four files of MNIST`,
    );
  });
  const bytes = unpack(path, packed);
  const header = 4 * (1 + (magic & 0xff));
  const fits =
    bytes.length >= header &&
    bytes.readUInt32BE(0) === magic &&
    bytes.length === header + bytes.readUInt32BE(4) * size &&
    (size === 1 || (bytes.readUInt32BE(8) === SIDE && bytes.readUInt32BE(12) === SIDE));
  if (!fits)
    throw new DataError(
      `${path}: an idx file with entries of ${size} byte${size === 1 ? '' : 's'} was expected, but other bytes came; check the file`,
    );
  return bytes.subarray(header);
}

function unpack(path: string, packed: Uint8Array): Buffer {
  try {
    return gunzipSync(packed);
  } catch {
    throw new DataError(`${path}: a gzipped file was expected, but other bytes came; check the file`);
  }
}

/** So many different digits, at random. @throws DataError when there are not as many */
export function choose({ labels }: Digits, count: number, key: Key): number[] {
  if (count > labels.length)
    throw new DataError(`MNIST: at least ${count} digits were expected, but ${labels.length} came; ask for fewer`);
  return permutation(key, labels.length).slice(0, count);
}

/** Some of the digits, or all, as vectors of 784 numbers from 0 to 1, in one tensor. */
export function asVectors({ pixels, labels }: Digits, picked: readonly number[] = [...labels.keys()]): Examples {
  const size = SIDE * SIDE;
  const x = new Float32Array(picked.length * size);
  for (const [i, digit] of picked.entries())
    for (let k = 0; k < size; k++) x[i * size + k] = (pixels[digit * size + k] as number) / 255;
  return { x: tensor(x, [picked.length, size]), y: picked.map((digit) => labels[digit] as number) };
}
