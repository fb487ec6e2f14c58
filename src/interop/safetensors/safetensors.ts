/**
 * The safetensors format: the length of a header as 8 bytes, the header as JSON, then the numbers, all little-endian.
 * @see https://github.com/huggingface/safetensors#format
 */
import { isPlain, optionsOf, readable } from '../../checks.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import { bytesOf, typedArrayName } from '../../realms.ts';
import { sizeOf, Tensor } from '../../tensor/tensor.ts';
import { DTYPES, WRITTEN, writeNumbers } from '../dtypes.ts';
import { describe, type Entry, LENGTH_BYTES, METADATA, readHeader } from './header.ts';

/**
 * The bytes of a safetensors file: the data of each tensor in its own dtype, Float64Array as F64, Int32Array as I32 and
 * so on. The same tensors give the same bytes, in whatever order they come.
 * @throws DataError when a name or a metadata text cannot be stored, or a value is no Tensor
 * @example
 * ```ts
 * import { tensor } from 'keepgate';
 * import { readSafetensors, writeSafetensors } from 'keepgate/interop';
 *
 * const bytes = writeSafetensors({ weight: tensor([[1, 2], [3, 4]]) }, { made: 'by hand' });
 * const { tensors, metadata } = readSafetensors(bytes);
 * console.log(tensors.weight?.shape, metadata.made); // prints: [ 2, 2 ] by hand
 * ```
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  expectTensors(tensors);
  expectRecord('metadata', metadata);
  const placed = place(tensors);
  const header = new TextEncoder().encode(writeHeader(placed, metadata));
  // Padded, the numbers start at a multiple of 8, where other readers can map them in place.
  const start = LENGTH_BYTES + Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(start + (placed.at(-1)?.end ?? 0));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  bytes.fill(' '.charCodeAt(0), LENGTH_BYTES, start);
  bytes.set(header, LENGTH_BYTES);
  for (const { tensor, begin } of placed) writeNumbers(view, start + begin, tensor);
  return bytes;
}

/** What `readSafetensors` can be told. */
export interface ReadSafetensorsOptions {
  /** The names of the tensors to read; all when left out. */
  readonly only?: readonly string[];
}

/**
 * The tensors and the metadata of a safetensors file. Integers come as what they are, Int32Array and so on, and BOOL as 0
 * and 1 of a Uint8Array; F16, BF16 and 8-bit floats are widened to Float32Array, I64 and U64 to Float64Array. C64 gets
 * a last axis of size 2: real and imaginary part.
 * @throws DataError when the file breaks a rule of the format, a tensor is not in it, is of a dtype without whole bytes
 *   (F4, F6), or has an integer that no float64 is: with `only` the others can be read
 * @example
 * ```ts
 * import { readFile, writeFile } from 'node:fs/promises';
 * import { Tensor } from 'keepgate';
 * import { readSafetensors, writeSafetensors } from 'keepgate/interop';
 *
 * const bias = new Tensor(Float32Array.of(0, 1), [2]);
 * await writeFile('bias.safetensors', writeSafetensors({ bias, steps: new Tensor(Int32Array.of(7), []) }));
 * const { tensors } = readSafetensors(await readFile('bias.safetensors'), { only: ['bias'] });
 * console.log(Object.keys(tensors), tensors.bias?.data); // prints: [ 'bias' ] Float32Array(2) [ 0, 1 ]
 * ```
 */
export function readSafetensors(
  bytes: Uint8Array | ArrayBuffer,
  options: ReadSafetensorsOptions = {},
): {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
} {
  const { only } = optionsOf('readSafetensors', options, { only: true });
  const file = expectBytes('readSafetensors', bytes);
  const { start, entries, metadata } = readHeader(file);
  // No prototype: a tensor may be called `__proto__`.
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const entry of picked(entries, only)) {
    tensors[entry.name] = readTensor(file, start, entry);
  }
  return { tensors, metadata };
}

/** What a file says of a tensor. */
export interface SafetensorsEntry {
  /** Such as F32; see `readSafetensors`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/**
 * What is in a safetensors file, by name, without reading a number of it.
 * @throws DataError when the file breaks a rule of the format
 * @example
 * ```ts
 * import { tensor } from 'keepgate';
 * import { listSafetensors, writeSafetensors } from 'keepgate/interop';
 *
 * const { tensors } = listSafetensors(writeSafetensors({ ids: tensor(Uint8Array.of(3, 1, 4)) }));
 * console.log(tensors.ids); // prints: { dtype: 'U8', shape: [ 3 ] }
 * ```
 */
export function listSafetensors(bytes: Uint8Array | ArrayBuffer): {
  tensors: Record<string, SafetensorsEntry>;
  metadata: Record<string, string>;
} {
  const { entries, metadata } = readHeader(expectBytes('listSafetensors', bytes));
  const tensors: Record<string, SafetensorsEntry> = Object.create(null);
  for (const { name, dtype, shape } of entries) tensors[name] = { dtype, shape };
  return { tensors, metadata };
}

function expectBytes(who: string, value: unknown): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes) return bytes;
  throw new DataError(
    `${who}: a Uint8Array or an ArrayBuffer was expected, but ${show(value)} came; of a fetch, pass await response.arrayBuffer()`,
  );
}

function picked(entries: readonly Entry[], only: readonly string[] | undefined): readonly Entry[] {
  if (only === undefined) return entries;
  if (!Array.isArray(only))
    throw new OptionError(`readSafetensors: a list of names was expected as only, but ${show(only)} came`);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return Array.from(only as readonly unknown[], (name) => {
    const entry = byName.get(name as string);
    if (entry) return entry;
    throw new DataError(
      `safetensors: a tensor named ${show(name)} was expected, but the file has ${show([...byName.keys()])}; listSafetensors() names them all`,
    );
  });
}

/** @param start the byte of the file where the numbers start @throws DataError for a tensor that cannot be had */
export function readTensor(file: Uint8Array, start: number, { name, dtype, known, shape, begin, end }: Entry): Tensor {
  const who = `safetensors: tensor ${show(name)}`;
  if (!known?.decode) {
    const readable = [...DTYPES].flatMap(([type, { decode }]) => (decode ? [type] : []));
    throw new DataError(
      `${who}: a dtype of ${readable.join(', ')} was expected, but ${show(dtype)} came; convert the tensor, or read others by { only: [names] }`,
    );
  }
  const view = new DataView(file.buffer, file.byteOffset + start + begin, end - begin);
  const axes = known.parts === undefined ? shape : [...shape, known.parts];
  return new Tensor(known.decode(view, sizeOf(axes), who), axes);
}

/** @throws DataError unless it is an object */
function expectRecord(what: string, values: object): void {
  if (!isPlain(values))
    throw new DataError(`safetensors: an object of ${what} by name was expected, but ${show(values)} came`);
}

/** @throws DataError unless there is a tensor by each name */
function expectTensors(tensors: Readonly<Record<string, unknown>>): void {
  expectRecord('tensors', tensors);
  for (const [name, value] of readable('safetensors', () => Object.entries(tensors))) {
    if (!(value instanceof Tensor))
      throw new DataError(`safetensors: a Tensor was expected as ${show(name)}, but ${show(value)} came; use tensor()`);
  }
}

/** A tensor and where its numbers lie, in bytes after the header. */
interface Placed {
  readonly name: string;
  readonly tensor: Tensor;
  readonly begin: number;
  readonly end: number;
}

/** Wide numbers come first, as in the reference writer: every tensor then starts at a multiple of its width. */
function place(tensors: Readonly<Record<string, Tensor>>): Placed[] {
  let end = 0;
  return Object.entries(tensors)
    .sort(byName)
    .sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT)
    .map(([name, tensor]) => {
      const begin = end;
      end += sizeOf(tensor.shape) * tensor.data.BYTES_PER_ELEMENT;
      return { name, tensor, begin, end };
    });
}

function writeHeader(placed: readonly Placed[], metadata: Readonly<Record<string, string>>): string {
  const texts = readable('safetensors', () => Object.entries(metadata)).map(([key, text]): Field => [key, quote(text)]);
  const fields = placed.map(({ name, tensor, begin, end }): Field => {
    if (name === METADATA) {
      throw new DataError(`safetensors: a name other than ${METADATA} was expected for a tensor; rename the tensor`);
    }
    const dtype = WRITTEN[typedArrayName(tensor.data) ?? ''];
    return [name, JSON.stringify({ dtype, shape: tensor.shape, data_offsets: [begin, end] })];
  });
  return texts.length === 0 ? object(fields) : object([[METADATA, object(texts)], ...fields]);
}

/** A name and a value in JSON. */
type Field = readonly [name: string, json: string];

/** Put together by hand, since JSON.stringify moves names such as "10" to the front. */
function object(fields: readonly Field[]): string {
  const texts = fields.toSorted(byName).map(([name, json]) => `${quote(name)}:${json}`);
  return `{${texts.join(',')}}`;
}

/** Other readers refuse a text that is not valid Unicode, so such a file is not written. */
function quote(text: unknown): string {
  if (typeof text !== 'string' || /\p{Surrogate}/u.test(text)) {
    throw new DataError(
      `safetensors: names and metadata of valid Unicode text were expected, but ${describe(text)} came; change it`,
    );
  }
  return JSON.stringify(text);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
