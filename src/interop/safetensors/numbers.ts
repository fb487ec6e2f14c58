import type { Numbers, Tensor } from '../../tensor/tensor.ts';

// Numbers travel as bits through a DataView: every host reads and writes the same bytes, and a NaN keeps its payload.

/** Decodes as many numbers as the size says from the start of the view. */
export type Decode = (view: DataView, size: number) => Numbers;

/** The dtypes that can be read: the width of a number in bytes, and how the numbers are decoded. */
export const DTYPES: ReadonlyMap<unknown, { readonly width: number; readonly decode: Decode }> = new Map([
  ['F64', { width: 8, decode: decodeF64 }],
  ['F32', { width: 4, decode: decodeF32 }],
  ['F16', { width: 2, decode: decodeF16 }],
  ['BF16', { width: 2, decode: decodeBF16 }],
]);

function decodeF64(view: DataView, size: number): Numbers {
  const bits = new BigUint64Array(size);
  for (let i = 0; i < size; i++) bits[i] = view.getBigUint64(i * 8, true);
  return new Float64Array(bits.buffer);
}

function decodeF32(view: DataView, size: number): Numbers {
  const bits = new Uint32Array(size);
  for (let i = 0; i < size; i++) bits[i] = view.getUint32(i * 4, true);
  return new Float32Array(bits.buffer);
}

/** A BF16 is the upper half of an F32. */
function decodeBF16(view: DataView, size: number): Numbers {
  const bits = new Uint32Array(size);
  for (let i = 0; i < size; i++) bits[i] = view.getUint16(i * 2, true) << 16;
  return new Float32Array(bits.buffer);
}

function decodeF16(view: DataView, size: number): Numbers {
  const numbers = new Float32Array(size);
  for (let i = 0; i < size; i++) numbers[i] = fromHalf(view.getUint16(i * 2, true));
  return numbers;
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 bits of fraction. Every half is exact in a Float32Array. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 0x400;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
}

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
  if (data instanceof Float64Array) {
    const bits = new BigUint64Array(data.buffer, data.byteOffset, data.length);
    return (source, at) => view.setBigUint64(at, bits[source] as bigint, true);
  }
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
  return (source, at) => view.setUint32(at, bits[source] as number, true);
}
