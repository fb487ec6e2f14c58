/**
 * The safetensors format: the length of a header as 8 bytes, the header as JSON, then the numbers, all little-endian.
 * @see https://github.com/huggingface/safetensors#format
 */
import { DataError } from '../../errors.ts';
import { sizeOf, Tensor } from '../../tensor/tensor.ts';
import { describe, LENGTH_BYTES, METADATA, readHeader } from './header.ts';
import { writeNumbers } from './numbers.ts';

/**
 * The bytes of a safetensors file: Float64Array data as F64, Float32Array data as F32.
 * The same tensors give the same bytes, in whatever order they come.
 * @throws DataError when a name or a metadata text cannot be stored
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

/**
 * The tensors and the metadata of a safetensors file; F16 and BF16 numbers are widened to Float32Array.
 * @throws DataError when the file breaks a rule of the format, or holds a tensor of another dtype
 * @example
 * ```ts
 * import { readFile, writeFile } from 'node:fs/promises';
 * import { Tensor } from 'keepgate';
 * import { readSafetensors, writeSafetensors } from 'keepgate/interop';
 *
 * await writeFile('bias.safetensors', writeSafetensors({ bias: new Tensor(Float32Array.of(0, 1), [2]) }));
 * const { tensors } = readSafetensors(await readFile('bias.safetensors'));
 * console.log(tensors.bias?.data); // prints: Float32Array(2) [ 0, 1 ]
 * ```
 */
export function readSafetensors(bytes: Uint8Array): {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
} {
  const { start, entries, metadata } = readHeader(bytes);
  // No prototype: a tensor may be called `__proto__`.
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const { name, decode, shape, begin, end } of entries) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + start + begin, end - begin);
    tensors[name] = new Tensor(decode(view, sizeOf(shape)), shape);
  }
  return { tensors, metadata };
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
  const texts = Object.entries(metadata).map(([key, text]): Field => [key, quote(text)]);
  const fields = placed.map(({ name, tensor, begin, end }): Field => {
    if (name === METADATA) {
      throw new DataError(`safetensors: a name other than ${METADATA} was expected for a tensor; rename the tensor`);
    }
    const dtype = tensor.data instanceof Float64Array ? 'F64' : 'F32';
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
