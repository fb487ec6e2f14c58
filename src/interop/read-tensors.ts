import { expectText, optionsOf } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { placeOfNotFinite } from '../tensor/typed-arrays.ts';
import type { FileBytes, Format, ReadTensorsOptions, TensorFile } from './format.ts';
import { FORMATS } from './formats.ts';
import { type FileSource, filesOf } from './source-files.ts';

/**
 * The tensors of a file, of whatever kind it is: safetensors, or what PyTorch saves. The bytes tell, and not the name. A text is a path. Integers
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
export async function readTensors(source: FileSource, options: ReadTensorsOptions = {}): Promise<TensorFile> {
  const { at } = optionsOf('readTensors', options, { at: true });
  if (at !== undefined) expectText('readTensors', 'at', at);
  return tensorsOf(await filesOf('readTensors', source), at === undefined ? {} : { at });
}

/** The same of files that were opened. */
export async function tensorsOf(files: readonly FileBytes[], options: ReadTensorsOptions): Promise<TensorFile> {
  const [file, format] = recognised(files);
  const found = await format.read(file, options);
  return { ...found, notes: [...found.notes, ...notesOf(found)] };
}

/** The one of several files that is of a kind that is read: the others are those that it names. */
function recognised(files: readonly FileBytes[]): readonly [FileBytes, Format] {
  const known = files.flatMap((file) => {
    const format = FORMATS.find(({ isOne }) => isOne(file));
    return format ? [[file, format] as const] : [];
  });
  const [first, second] = known;
  if (first && !second) return first;
  const names = FORMATS.map(({ name }) => name).join(' or ');
  const came = second ? `${known.length} of them` : files.map(({ bytes }) => kindOf(bytes)).join(', ');
  throw new DataError(`readTensors: a file of ${names} was expected, but ${came} came; see keepgate/interop`);
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
