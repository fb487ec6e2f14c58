import { DataError } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Numbers, numbersOf } from '../tensor/typed-arrays.ts';

// Numbers travel as bits, never as numbers: every host reads and writes the same bytes, and a NaN keeps its payload.

/** Decodes as many numbers as the count says from the start of the view. @throws DataError for what are no such numbers */
export type Decode = (view: DataView, count: number, who: string) => Numbers;

/** A dtype of the format. */
export interface Dtype {
  /** How wide an entry is. */
  readonly bits: number;
  /** How many numbers an entry is; 1 when left out. */
  readonly parts?: number;
  /** Null where entries are no whole bytes. */
  readonly decode: Decode | null;
}

/** All that the format has (its version 0.8): integers as they are, narrow floats as float32, 64-bit integers as float64. */
export const DTYPES: ReadonlyMap<unknown, Dtype> = new Map<unknown, Dtype>([
  ['F64', { bits: 64, decode: (view, count) => new Float64Array(bits64(view, count).buffer) }],
  ['F32', { bits: 32, decode: decodeF32 }],
  ['F16', { bits: 16, decode: smallFloats(bits16, { exponent: 5, fraction: 10, specials: 'ieee' }) }],
  ['BF16', { bits: 16, decode: decodeBF16 }],
  ['F8_E5M2', { bits: 8, decode: smallFloats(bits8, { exponent: 5, fraction: 2, specials: 'ieee' }) }],
  ['F8_E4M3', { bits: 8, decode: smallFloats(bits8, { exponent: 4, fraction: 3, specials: 'nan' }) }],
  ['F8_E5M2FNUZ', { bits: 8, decode: smallFloats(bits8, { exponent: 5, fraction: 2, specials: 'fnuz' }) }],
  ['F8_E4M3FNUZ', { bits: 8, decode: smallFloats(bits8, { exponent: 4, fraction: 3, specials: 'fnuz' }) }],
  ['F8_E8M0', { bits: 8, decode: decodeE8M0 }],
  ['F6_E2M3', { bits: 6, decode: null }],
  ['F6_E3M2', { bits: 6, decode: null }],
  ['F4', { bits: 4, decode: null }],
  ['C64', { bits: 64, parts: 2, decode: decodeF32 }],
  ['I64', { bits: 64, decode: (view, count, who) => exactly(who, new BigInt64Array(bits64(view, count).buffer)) }],
  ['U64', { bits: 64, decode: (view, count, who) => exactly(who, bits64(view, count)) }],
  ['I32', { bits: 32, decode: (view, count) => new Int32Array(bits32(view, count).buffer) }],
  ['U32', { bits: 32, decode: bits32 }],
  ['I16', { bits: 16, decode: (view, count) => new Int16Array(bits16(view, count).buffer) }],
  ['U16', { bits: 16, decode: bits16 }],
  ['I8', { bits: 8, decode: (view, count) => new Int8Array(bits8(view, count).buffer) }],
  ['U8', { bits: 8, decode: bits8 }],
  ['BOOL', { bits: 8, decode: decodeBool }],
]);

function bits8(view: DataView, count: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, count).slice();
}

function bits16(view: DataView, count: number): Uint16Array {
  const bits = new Uint16Array(count);
  for (let i = 0; i < count; i++) bits[i] = view.getUint16(i * 2, true);
  return bits;
}

/** Whether numbers lie in memory as they do in the file. */
const LIES_ALIKE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function bits32(view: DataView, count: number): Uint32Array {
  if (LIES_ALIKE) return new Uint32Array(bits8(view, count * 4).buffer);
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = view.getUint32(i * 4, true);
  return bits;
}

function bits64(view: DataView, count: number): BigUint64Array {
  if (LIES_ALIKE) return new BigUint64Array(bits8(view, count * 8).buffer);
  const bits = new BigUint64Array(count);
  for (let i = 0; i < count; i++) bits[i] = view.getBigUint64(i * 8, true);
  return bits;
}

function decodeF32(view: DataView, count: number): Numbers {
  return new Float32Array(bits32(view, count).buffer);
}

/** A BF16 is the upper half of an F32. */
function decodeBF16(view: DataView, count: number): Numbers {
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) bits[i] = view.getUint16(i * 2, true) << 16;
  return new Float32Array(bits.buffer);
}

/** Powers of two, from 2^-127; the last of them is NaN. */
function decodeE8M0(view: DataView, count: number): Numbers {
  return Float32Array.from(bits8(view, count), (bits) => (bits === 0xff ? Number.NaN : 2 ** (bits - 127)));
}

function decodeBool(view: DataView, count: number, who: string): Numbers {
  const bytes = bits8(view, count);
  const odd = bytes.find((byte) => byte > 1);
  if (odd === undefined) return bytes;
  throw new DataError(`${who}: bytes 0 and 1 were expected of dtype BOOL, but ${odd} came; export the file again`);
}

function exactly(who: string, integers: BigInt64Array | BigUint64Array): Numbers {
  return numbersOf(who, integers) as Numbers;
}

/** What a float of few bits is made of, besides its sign. */
interface SmallFloat {
  /** Bits of the exponent. */
  readonly exponent: number;
  /** Bits of the fraction. */
  readonly fraction: number;
  /**
   * The bits that are no numbers: 'ieee', infinities and NaNs in the largest exponent; 'nan', there the largest fraction
   * alone; 'fnuz', what would be -0.
   */
  readonly specials: 'ieee' | 'nan' | 'fnuz';
}

/** Each of them is exact in a Float32Array. */
function smallFloats(
  bitsOf: (view: DataView, count: number) => Uint8Array | Uint16Array,
  { exponent, fraction, specials }: SmallFloat,
): Decode {
  const [topExponent, topFraction] = [2 ** exponent - 1, 2 ** fraction - 1];
  const bias = 2 ** (exponent - 1) - (specials === 'fnuz' ? 0 : 1);
  const toNumber = (bits: number): number => {
    const sign = bits >> (exponent + fraction) ? -1 : 1;
    const e = (bits >> fraction) & topExponent;
    const f = bits & topFraction;
    if (specials === 'fnuz' && sign === -1 && e === 0 && f === 0) return Number.NaN;
    if (specials === 'nan' && e === topExponent && f === topFraction) return Number.NaN;
    if (specials === 'ieee' && e === topExponent) return f === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    const part = f / (topFraction + 1);
    return e === 0 ? sign * part * 2 ** (1 - bias) : sign * (1 + part) * 2 ** (e - bias);
  };
  return (view, count) => Float32Array.from(bitsOf(view, count), toNumber);
}

/** What a tensor's numbers are written as, by the class of their array. */
export const WRITTEN: Readonly<Record<string, string>> = {
  Float64Array: 'F64',
  Float32Array: 'F32',
  Float16Array: 'F16',
  Int32Array: 'I32',
  Uint32Array: 'U32',
  Int16Array: 'I16',
  Uint16Array: 'U16',
  Int8Array: 'I8',
  Uint8Array: 'U8',
  Uint8ClampedArray: 'U8',
};

/** Writes the numbers of a tensor in row-major order, from a byte of the view on. */
export function writeNumbers(view: DataView, start: number, { data, shape, strides }: Tensor): void {
  const copy = bitCopier(data, view);
  let at = start;
  const walk = (axis: number, source: number): void => {
    if (axis === shape.length) {
      copy(source, at);
      at += data.BYTES_PER_ELEMENT;
      return;
    }
    const size = shape[axis] as number;
    const stride = strides[axis] as number;
    for (let i = 0; i < size; i++) walk(axis + 1, source + i * stride);
  };
  walk(0, 0);
}

/** A function that copies the bits of one number: from an index of the data to a byte of the view. */
function bitCopier(data: Numbers, view: DataView): (source: number, at: number) => void {
  const { buffer, byteOffset, length, BYTES_PER_ELEMENT: width } = data;
  if (width === 8) {
    const bits = new BigUint64Array(buffer, byteOffset, length);
    return (source, at) => view.setBigUint64(at, bits[source] as bigint, true);
  }
  if (width === 4) {
    const bits = new Uint32Array(buffer, byteOffset, length);
    return (source, at) => view.setUint32(at, bits[source] as number, true);
  }
  if (width === 2) {
    const bits = new Uint16Array(buffer, byteOffset, length);
    return (source, at) => view.setUint16(at, bits[source] as number, true);
  }
  const bits = new Uint8Array(buffer, byteOffset, length);
  return (source, at) => view.setUint8(at, bits[source] as number);
}
