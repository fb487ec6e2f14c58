import { brokenPickle } from './broken-pickle.ts';

/** Reads what a pickle holds between its opcodes, little-endian, and never past its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  bytes(count: number): Uint8Array {
    const begin = this.#skip(count);
    return this.#bytes.subarray(begin, begin + count);
  }

  uint(width: 1 | 2 | 4 | 8): number {
    const begin = this.#skip(width);
    if (width === 1) return this.#view.getUint8(begin);
    if (width === 2) return this.#view.getUint16(begin, true);
    if (width === 4) return this.#view.getUint32(begin, true);
    const value = this.#view.getBigUint64(begin, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw brokenPickle('lengths inside of the file', `${value}`);
    return Number(value);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  /** Of a number alone the bytes stand the other way. */
  float64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A whole number of any size, as a number where one holds it. */
  long(count: number): number | bigint {
    if (count > LONGEST_NUMBER) throw brokenPickle(`numbers of at most ${LONGEST_NUMBER} bytes`, `${count} bytes`);
    const bytes = this.bytes(count);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse();
    const value = BigInt.asIntN(8 * count, BigInt(`0x${hex.join('') || '0'}`));
    return value >= MIN_SAFE && value <= MAX_SAFE ? Number(value) : value;
  }

  utf8(count: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes(count));
    } catch (error) {
      if (error instanceof TypeError) throw brokenPickle('texts in UTF-8', 'something else');
      throw error;
    }
  }

  latin1(count: number): string {
    return latin1Of(this.bytes(count));
  }

  /** Up to the end of a line, which is left out. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.at);
    if (end === -1) throw truncated();
    const text = this.utf8(end - this.at);
    this.at = end + 1;
    return text;
  }

  #skip(count: number): number {
    const begin = this.at;
    if (count > this.#bytes.length - begin) throw truncated();
    this.at = begin + count;
    return begin;
  }
}

/** One character a byte. */
export function latin1Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

const LONGEST_NUMBER = 1024;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);

function truncated(): Error {
  return brokenPickle('the rest of a pickle', 'the end of the file (it is truncated)');
}
