import { expectText, optionsOf } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import { bytesOf } from '../realms.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { placeOfNotFinite } from '../tensor/typed-arrays.ts';
import { beginsAsZip, readZip } from './archives/read-zip.ts';
import type { Format, ReadTensorsOptions, TensorFile } from './format.ts';
import { pytorch } from './pytorch/pytorch.ts';
import { safetensors } from './safetensors/safetensors-format.ts';

/** The kinds of files that are read. A new one is a line here. */
const FORMATS: readonly Format[] = [safetensors, pytorch];

/**
 * The tensors of a file, of whatever kind it is: safetensors, or what PyTorch saves. The bytes tell, and not the name. Integers
 * come as what they are; narrow floats are widened to Float32Array, 64-bit integers to Float64Array. What somebody should know
 * is in `notes`: numbers that are not finite, objects that are left aside. Nothing of a file is ever executed.
 * @throws DataError when the bytes are of no kind that is read, or break a rule of their kind
 * @throws OptionError for an option that it does not have, or a place that the file does not have
 * @example
 * ```ts
 * import { tensor } from 'keepgate';
 * import { readTensors, writeSafetensors } from 'keepgate/interop';
 *
 * const bytes = writeSafetensors({ weight: tensor([[1, 2], [3, 4]]) });
 * const { format, tensors } = await readTensors(bytes);
 * console.log(format, tensors.weight?.shape); // prints: safetensors [ 2, 2 ]
 * ```
 */
export async function readTensors(
  bytes: Uint8Array | ArrayBuffer,
  options: ReadTensorsOptions = {},
): Promise<TensorFile> {
  const { at } = optionsOf('readTensors', options, { at: true });
  if (at !== undefined) expectText('readTensors', 'at', at);
  const given = bytesOf(bytes);
  if (!given) {
    throw new DataError(
      `readTensors: a Uint8Array or an ArrayBuffer was expected, but ${show(bytes)} came; of a fetch, pass await response.arrayBuffer()`,
    );
  }
  const file = { bytes: given, archive: beginsAsZip(given) ? readZip(given) : null };
  const format = FORMATS.find(({ isOne }) => isOne(file));
  if (!format) {
    const names = FORMATS.map(({ name }) => name).join(' or ');
    throw new DataError(
      `readTensors: a file of ${names} was expected, but ${kindOf(given)} came; see keepgate/interop`,
    );
  }
  const found = await format.read(file, at === undefined ? {} : { at });
  return { ...found, notes: [...found.notes, ...notesOf(found)] };
}

/** What files begin with that are often taken for others. */
const OTHER_KINDS: readonly (readonly [string, string])[] = [
  ['PK', 'a zip archive of something else'],
  ['\x89HDF', 'an HDF5 file'],
  ['\x1f\x8b', 'a gzip archive'],
  ['GGUF', 'a GGUF file'],
  ['version https://git-lfs', 'a pointer of Git LFS in place of the file'],
  ['<', 'a page'],
];

function kindOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  const text = String.fromCharCode(...bytes.subarray(0, 64)).trimStart();
  const [, kind] = OTHER_KINDS.find(([start]) => text.startsWith(start)) ?? [];
  return kind ?? `a file that begins with ${show(text.slice(0, 8))}`;
}

function notesOf({ tensors, refused }: TensorFile): string[] {
  const odd = Object.entries(tensors).filter(([, value]) => !areFinite(value));
  return [
    ...Object.entries(refused).map(([name, why]) => `${show(name)} is left out: ${why}`),
    ...odd.map(([name]) => `${show(name)} has numbers that are not finite`),
  ];
}

function areFinite({ data }: Tensor): boolean {
  return placeOfNotFinite(data) === -1;
}
