import { brokenOnnx } from '../broken-onnx.ts';

/** How the value of a field is written. Groups (3, 4) are an error. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** How deep messages may stand in each other: graphs in nodes, which are in graphs. */
const MOST_DEPTH = 64;

const UTF8: TextDecoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The fields of a message of protobuf, one after the other. It holds no more than the one that it is at, and the bytes of a field are a
 * view of those of the file.
 */
export class WireReader {
  /** The number of the field. */
  field = 0;
  wire = 0;
  /** Of a varint: the 64 bits as a signed integer, rounded where no float64 is it. */
  integer = 0;
  /** The value as it is in the file, without the length of a block. */
  bytes: Uint8Array;
  readonly #message: Uint8Array;
  readonly #who: string;
  readonly #depth: number;
  #at = 0;

  /** @param who what the message is */
  constructor(message: Uint8Array, who: string, depth = 0) {
    if (depth > MOST_DEPTH) throw brokenOnnx(`messages at most ${MOST_DEPTH} deep`, `deeper ones at ${who}`);
    this.#message = message;
    this.#who = who;
    this.#depth = depth;
    this.bytes = message.subarray(0, 0);
  }

  /** Go to the next field; false at the end. @throws DataError where there is no whole field */
  next(): boolean {
    if (this.#at >= this.#message.length) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (tag < 8 || tag >= 2 ** 32) throw brokenOnnx(`the number of a field of ${this.#who}`, `${this.field}`);
    if (this.wire === WIRE.varint) {
      const start = this.#at;
      this.integer = this.#varint();
      this.bytes = this.#message.subarray(start, this.#at);
    } else if (this.wire === WIRE.fixed64) this.bytes = this.#take(8);
    else if (this.wire === WIRE.fixed32) this.bytes = this.#take(4);
    else if (this.wire === WIRE.bytes) this.bytes = this.#take(this.#varint());
    else throw brokenOnnx(`a value of ${this.#who}`, `wire type ${this.wire}`);
    return true;
  }

  /** The field as a message. */
  message(who: string): WireReader {
    return new WireReader(this.block(), who, this.#depth + 1);
  }

  /** The bytes of a field that has some. */
  block(): Uint8Array {
    return this.#expect(WIRE.bytes).bytes;
  }

  text(): string {
    const bytes = this.block();
    try {
      return UTF8.decode(bytes);
    } catch {
      throw brokenOnnx(`text in UTF-8 as field ${this.field} of ${this.#who}`, 'other bytes');
    }
  }

  whole(): number {
    return this.#expect(WIRE.varint).integer;
  }

  float(): number {
    const { bytes } = this.#expect(WIRE.fixed32);
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
  }

  /** Each integer of a field that is a list: one, or several in one block. */
  wholes(each: (integer: number) => void): void {
    if (this.wire === WIRE.varint) {
      each(this.integer);
      return;
    }
    const list = new WireReader(this.block(), this.#who);
    while (list.#at < list.#message.length) each(list.#varint());
  }

  #expect(wire: number): this {
    if (this.wire === wire) return this;
    throw brokenOnnx(`wire type ${wire} for field ${this.field} of ${this.#who}`, `wire type ${this.wire}`);
  }

  #take(length: number): Uint8Array {
    const rest = this.#message.length - this.#at;
    if (!(length >= 0 && length <= rest)) {
      throw brokenOnnx(`a field of at most ${rest} bytes in ${this.#who}`, `one of ${length}`);
    }
    this.#at += length;
    return this.#message.subarray(this.#at - length, this.#at);
  }

  #varint(): number {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.#message[this.#at++];
      if (byte === undefined) throw brokenOnnx(`a whole number in ${this.#who}`, 'the end of it');
      const bits = byte & 127;
      // 28 bits lie below 2^28; the next byte has some of both halves.
      if (i < 4) low += bits * 2 ** (7 * i);
      else if (i === 4) {
        low += (bits & 15) * 2 ** 28;
        high += bits >> 4;
      } else high += bits * 2 ** (7 * i - 32);
      if (i === 9 && byte > 1) break;
      if (byte < 128) return high >= 2 ** 31 ? low - (2 ** 32 - high) * 2 ** 32 : low + high * 2 ** 32;
    }
    throw brokenOnnx(`numbers of 64 bits in ${this.#who}`, 'a longer one');
  }
}
