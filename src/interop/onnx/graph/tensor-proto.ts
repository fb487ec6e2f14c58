import { KeepgateError, show } from '../../../errors.ts';
import { MOST_AXES, sizeOf, Tensor } from '../../../tensor/tensor.ts';
import type { Numbers } from '../../../tensor/typed-arrays.ts';
import { DTYPES } from '../../dtypes.ts';
import { joinBytes } from '../../join-bytes.ts';
import { brokenOnnx } from '../broken-onnx.ts';
import type { MemoryBudget } from '../memory-budget.ts';
import type { WireReader } from '../protobuf/wire-reader.ts';

/** A tensor as a file has it: its numbers are bytes yet. */
export interface TensorProto {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: number;
  /** Bytes as they lie in memory, or a part of another file. */
  readonly data: Uint8Array | ExternalData;
}

/** Where the numbers of a tensor are, when they are in another file. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  /** To the end of the file when left out. */
  readonly length: number | undefined;
}

/** The dtypes of TensorProto, by number: as safetensors names them, or as ONNX does where there is no such. */
const NAMES: readonly string[] =
  'UNDEFINED F32 U8 I8 U16 I16 I32 I64 STRING BOOL F16 F64 U32 U64 C64 COMPLEX128 BF16 F8_E4M3 F8_E4M3FNUZ F8_E5M2 F8_E5M2FNUZ UINT4 INT4 FLOAT4E2M1'.split(
    ' ',
  );

/** Fields whose numbers are varints, and those whose numbers lie in the file as in memory. */
const VARINTS: ReadonlySet<number> = new Set([5, 7, 11]);
const FIXED: ReadonlySet<number> = new Set([4, 10]);

/** @throws DataError when it breaks a rule */
export function readTensorProto(message: WireReader, budget: MemoryBudget): TensorProto {
  let [name, dtype, location] = ['', 0, 0];
  const shape: number[] = [];
  const external: [string, string][] = [];
  const found: { readonly field: number; readonly block: Uint8Array }[] = [];
  while (message.next()) {
    const { field } = message;
    if (field === 1) {
      message.wholes((size) => {
        if (shape.push(size) > MOST_AXES) throw brokenOnnx(`a tensor of at most ${MOST_AXES} axes`, 'one of more');
      });
    } else if (field === 2) dtype = message.whole();
    else if (field === 3) throw brokenOnnx('a tensor as a whole', 'a segment of one');
    else if (field === 8) name = message.text();
    else if (field === 13) external.push(readEntry(message.message('external_data')));
    else if (field === 14) location = message.whole();
    else if (field === 9 || field === 6 || VARINTS.has(field) || FIXED.has(field)) {
      found.push({ field, block: message.bytes });
      budget.take(128, message.bytes.length);
    }
    if (external.length > 16) throw brokenOnnx('a place in another file', 'more than one says');
  }
  const who = `tensor ${show(name)}`;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || !Number.isSafeInteger(sizeOf(shape))) {
    throw brokenOnnx(`sizes of ${who}`, show(shape));
  }
  if (location === 1) return { name, shape, dtype, data: externalOf(who, external) };
  return { name, shape, dtype, data: bytesOf(who, dtype, found, budget) };
}

/** A key and a value: StringStringEntryProto. */
export function readEntry(message: WireReader): [key: string, value: string] {
  let [key, value] = ['', ''];
  while (message.next()) {
    if (message.field === 1) key = message.text();
    else if (message.field === 2) value = message.text();
  }
  return [key, value];
}

function externalOf(who: string, entries: readonly (readonly [string, string])[]): ExternalData {
  const { location, offset = '0', length } = Object.fromEntries(entries) as Record<string, string | undefined>;
  const isWhole = (text: string): boolean => /^\d{1,15}$/.test(text);
  if (location === undefined || !isWhole(offset) || (length !== undefined && !isWhole(length))) {
    throw brokenOnnx(`the file, offset and length of ${who}`, show({ location, offset, length }));
  }
  return { location, offset: Number(offset), length: length === undefined ? undefined : Number(length) };
}

/** The numbers as they lie in memory, little-endian. */
function bytesOf(
  who: string,
  dtype: number,
  found: readonly { readonly field: number; readonly block: Uint8Array }[],
  budget: MemoryBudget,
): Uint8Array {
  const [first, ...others] = found;
  if (!first) return new Uint8Array();
  if (others.some(({ field }) => field !== first.field)) throw brokenOnnx(`${who} in one field`, 'several');
  const blocks = found.map(({ block }) => block);
  if (!VARINTS.has(first.field)) return first.field === 9 ? (blocks.at(-1) as Uint8Array) : joined(blocks, budget);
  const width = (DTYPES.get(NAMES[dtype])?.bits ?? 0) / 8;
  // Each number ends in a byte below 128.
  const count = blocks.reduce((sum, block) => sum + block.reduce((ends, byte) => ends + (byte < 128 ? 1 : 0), 0), 0);
  budget.take(width * count, 0);
  const bytes = new Uint8Array(width * count);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const block of blocks) at = putVarints(view, at, width, block);
  return bytes;
}

/** @returns the place behind the last of them */
function putVarints(view: DataView, start: number, width: number, block: Uint8Array): number {
  let at = start;
  let bits = 0n;
  let shift = 0n;
  for (const byte of block) {
    bits |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (shift > 70n) throw brokenOnnx('numbers of 64 bits in a tensor', 'a longer one');
    if (byte >= 128) continue;
    if (width === 8) view.setBigUint64(at, BigInt.asUintN(64, bits), true);
    else {
      const low = Number(BigInt.asUintN(32, bits));
      if (width === 4) view.setUint32(at, low, true);
      else if (width === 2) view.setUint16(at, low, true);
      else if (width === 1) view.setUint8(at, low);
    }
    at += width;
    bits = 0n;
    shift = 0n;
  }
  if (shift !== 0n) throw brokenOnnx('whole numbers in a tensor', 'the end of one');
  return at;
}

function joined(blocks: readonly Uint8Array[], budget: MemoryBudget): Uint8Array {
  const [first] = blocks;
  if (first && blocks.length === 1) return first;
  const all = joinBytes(blocks);
  budget.take(all.length, all.length);
  return all;
}

/** What comes of a tensor: itself, and whether an integer of it was rounded; or why it cannot be had. */
export type MadeTensor = { readonly tensor: Tensor; readonly rounded: boolean } | { readonly refused: string };

/** @throws DataError unless there are as many bytes as its sizes say */
export function makeTensor({ name, shape, dtype }: TensorProto, bytes: Uint8Array): MadeTensor {
  const who = `tensor ${show(name)}`;
  const known = DTYPES.get(NAMES[dtype]);
  if (!known?.decode) return { refused: `its dtype is ${NAMES[dtype] ?? `number ${dtype}`}; save it as float32` };
  const parts = known.parts ?? 1;
  const count = sizeOf(shape);
  if ((count * known.bits) / 8 !== bytes.length) {
    throw brokenOnnx(`${(count * known.bits) / 8} bytes of ${who}, as its sizes [${shape}] say`, `${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizes = parts === 1 ? shape : [...shape, parts];
  try {
    return { tensor: new Tensor(known.decode(view, count * parts, who), sizes), rounded: false };
  } catch (error) {
    if (!(error instanceof KeepgateError)) throw error;
    const ends = endsOf(NAMES[dtype] as string, view, count);
    return ends ? { tensor: new Tensor(ends, sizes), rounded: true } : { refused: error.message };
  }
}

/** Exporters write the largest and the smallest integer for an end that is not known: Slice to the end of an axis. */
function endsOf(dtype: string, view: DataView, count: number): Numbers | undefined {
  if (dtype !== 'I64') return undefined;
  const ends = new Set([2n ** 63n - 1n, -(2n ** 63n), -(2n ** 63n) + 1n]);
  const integers = Array.from({ length: Math.min(count, 256) }, (_, i) => view.getBigInt64(i * 8, true));
  const areKnown = integers.every((integer) => ends.has(integer) || Number.isSafeInteger(Number(integer)));
  return count <= 256 && areKnown ? Float64Array.from(integers, Number) : undefined;
}
