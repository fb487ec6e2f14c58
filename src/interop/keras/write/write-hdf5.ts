/**
 * HDF5 files of named arrays of float32, in the form that HDF5 1.8 and later read (HDF5 File Format Specification 3.0): superblock 2, object headers of version 2
 * whose links stand in them, and numbers one after the other. The same arrays give the same bytes.
 */

import type { Tensor } from '../../../tensor/tensor.ts';
import { sizeOf } from '../../../tensor/tensor.ts';
import { writeNumbers } from '../../dtypes.ts';
import { joinBytes } from '../../join-bytes.ts';
import { lookup3 } from './lookup3.ts';

/** A group by the names of what is in it, or an array. */
export interface Group {
  readonly [name: string]: Group | Tensor;
}

const SUPERBLOCK_BYTES = 48;
const NOWHERE = 0xffff_ffff_ffff_ffffn;

/** Names are of ASCII, and have fewer than 256 characters; arrays are Float32Arrays. */
export function writeHdf5(root: Group): Uint8Array {
  const parts: Uint8Array[] = [];
  let end = SUPERBLOCK_BYTES;
  const place = (bytes: Uint8Array): bigint => {
    const at = BigInt(end);
    // Objects begin at multiples of 8.
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    padded.set(bytes);
    parts.push(padded);
    end += padded.length;
    return at;
  };
  const add = (entry: Group | Tensor): bigint => {
    if (isTensor(entry)) return place(objectHeader(messagesOfArray(entry, place(numbersOf(entry)))));
    const links = Object.entries(entry).map(([name, inside]) => linkMessage(name, add(inside)));
    return place(objectHeader([LINK_INFO, GROUP_INFO, ...links]));
  };
  const rootAt = add(root);
  const file = new Uint8Array(end);
  file.set(superblock(rootAt, BigInt(end)));
  let at = SUPERBLOCK_BYTES;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function isTensor(entry: Group | Tensor): entry is Tensor {
  return Array.isArray(entry.shape);
}

function numbersOf(tensor: Tensor): Uint8Array {
  const bytes = new Uint8Array(sizeOf(tensor.shape) * 4);
  writeNumbers(new DataView(bytes.buffer), 0, tensor);
  return bytes;
}

function superblock(root: bigint, end: bigint): Uint8Array {
  const sizes = [2, 8, 8, 0];
  return checked(
    joinBytes([bytesOf('\x89HDF\r\n\x1a\n'), Uint8Array.from(sizes), long(0n), long(NOWHERE), long(end), long(root)]),
  );
}

interface Message {
  readonly type: number;
  readonly body: Uint8Array;
}

/** One chunk, whose size has four bytes. */
function objectHeader(messages: readonly Message[]): Uint8Array {
  const body = joinBytes(
    messages.flatMap(({ type, body }) => [Uint8Array.of(type, body.length & 255, body.length >> 8, 0), body]),
  );
  return checked(joinBytes([bytesOf('OHDR'), Uint8Array.of(2, 2), word(body.length), body]));
}

/** Links stand in the header itself, and no tree of them elsewhere. */
const LINK_INFO: Message = { type: 0x02, body: joinBytes([Uint8Array.of(0, 0), long(NOWHERE), long(NOWHERE)]) };
const GROUP_INFO: Message = { type: 0x0a, body: Uint8Array.of(0, 0) };

function linkMessage(name: string, address: bigint): Message {
  const text = bytesOf(name);
  return { type: 0x06, body: joinBytes([Uint8Array.of(1, 0, text.length), text, long(address)]) };
}

/** IEEE float32, little-endian: where sign, exponent and fraction are, and the bias. */
const FLOAT32: Message = {
  type: 0x03,
  body: joinBytes([Uint8Array.of(0x11, 0x20, 31, 0), word(4), Uint8Array.of(0, 0, 32, 0, 23, 8, 0, 23), word(127)]),
};

/** Of version 3: nothing is filled in, as all is written. */
const NO_FILL: Message = { type: 0x05, body: Uint8Array.of(3, 0x0a) };

function messagesOfArray({ shape }: Tensor, address: bigint): Message[] {
  const isScalar = shape.length === 0;
  const dataspace = joinBytes([
    Uint8Array.of(2, shape.length, 0, isScalar ? 0 : 1),
    ...shape.map((size) => long(BigInt(size))),
  ]);
  const contiguous = joinBytes([Uint8Array.of(3, 1), long(address), long(BigInt(4 * sizeOf(shape)))]);
  return [{ type: 0x01, body: dataspace }, FLOAT32, NO_FILL, { type: 0x08, body: contiguous }];
}

/** With the checksum of what came before. */
function checked(bytes: Uint8Array): Uint8Array {
  return joinBytes([bytes, word(lookup3(bytes))]);
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function long(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}
