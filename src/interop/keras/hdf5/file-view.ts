import { show } from '../../../errors.ts';
import { brokenHdf5 } from './broken-hdf5.ts';

/** An address that stands for none, in 8 bytes. */
const NONE = 0xffff_ffff_ffff_ffffn;

/** The bytes of a file, of which none outside is ever read. Numbers are little-endian, addresses and lengths of 8 bytes. */
export class FileView {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#inside(at, 1));
  }

  u16(at: number): number {
    return this.#view.getUint16(this.#inside(at, 2), true);
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#inside(at, 4), true);
  }

  /** A length or a count. @throws DataError beyond what any file has */
  u64(at: number): number {
    const value = this.#view.getBigUint64(this.#inside(at, 8), true);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw brokenHdf5('sizes and places inside of the file', `${value}`);
  }

  /** A whole number of a width that the file tells. */
  wide(at: number, width: number): number {
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + this.u8(at + i);
    if (Number.isSafeInteger(value)) return value;
    throw brokenHdf5('sizes and places inside of the file', `${value}`);
  }

  /** A place in the file; undefined for the address that stands for none. */
  place(at: number): number | undefined {
    return this.#view.getBigUint64(this.#inside(at, 8), true) === NONE ? undefined : this.u64(at);
  }

  /** A part of the file, as a view of it. */
  part(at: number, length: number): Uint8Array {
    this.#inside(at, length);
    return this.bytes.subarray(at, at + length);
  }

  /** @throws DataError unless the four letters stand there that a structure begins with */
  expectMark(at: number, mark: string): void {
    const came = String.fromCharCode(...this.part(at, mark.length));
    if (came !== mark) throw brokenHdf5(`${mark} at byte ${at}`, show(came));
  }

  /** Text that ends with a zero, before a place. */
  text(at: number, end: number): string {
    const bytes = this.part(at, end - at);
    const zero = bytes.indexOf(0);
    return decodeText(zero === -1 ? bytes : bytes.subarray(0, zero));
  }

  #inside(at: number, length: number): number {
    if (at >= 0 && length >= 0 && at + length <= this.bytes.length) return at;
    throw brokenHdf5(`${length} bytes at byte ${at}`, `an end of the file at byte ${this.bytes.length}`);
  }
}

/** @throws DataError for what is no UTF-8 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw brokenHdf5('texts in UTF-8', 'something else');
  }
}
