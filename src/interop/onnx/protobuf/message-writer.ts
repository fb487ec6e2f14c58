import { joinBytes } from '../../join-bytes.ts';
import { WIRE, type WireReader } from './wire-reader.ts';

/** A message of protobuf that is being written. Its bytes are copied once, when all are there. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** A whole number, of 64 bits with its sign. */
  whole(field: number, value: number): this {
    return this.#tag(field, WIRE.varint).#varint(value);
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#tag(field, WIRE.fixed32).#push(bytes);
  }

  text(field: number, value: string): this {
    return this.block(field, new TextEncoder().encode(value));
  }

  block(field: number, bytes: Uint8Array): this {
    return this.#tag(field, WIRE.bytes).#varint(bytes.length).#push(bytes);
  }

  /** The field that a reader is at, as it is. */
  copy({ field, wire, bytes }: WireReader): this {
    return wire === WIRE.bytes ? this.block(field, bytes) : this.#tag(field, wire).#push(bytes);
  }

  message(field: number, message: MessageWriter): this {
    this.#tag(field, WIRE.bytes).#varint(message.#length);
    for (const part of message.#parts) this.#push(part);
    return this;
  }

  toBytes(): Uint8Array {
    return joinBytes(this.#parts);
  }

  #tag(field: number, wire: number): this {
    return this.#varint(field * 8 + wire);
  }

  #varint(value: number): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    return this.#push(Uint8Array.from(bytes));
  }

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return this;
  }
}
