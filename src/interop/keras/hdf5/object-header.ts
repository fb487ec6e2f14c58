import { brokenHdf5 } from './broken-hdf5.ts';
import type { FileView } from './file-view.ts';

/** A message of an object header: what is said of the object, of one kind. */
export interface Message {
  readonly type: number;
  /** Where it begins and ends in the file. */
  readonly at: number;
  readonly end: number;
}

/** Kinds of messages, by number. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

/** Whether the message stands elsewhere, for several objects. */
const SHARED = 2;

/** The messages of the object at an address. @throws DataError when it is none, or its parts hold each other */
export function messagesOf(file: FileView, address: number): readonly Message[] {
  return file.u8(address) === 1 ? version1(file, address) : version2(file, address);
}

function version1(file: FileView, address: number): Message[] {
  const length = file.u32(address + 8);
  const blocks = [{ at: address + 16, end: address + 16 + length }];
  return inBlocks(file, blocks, { header: 8, sizeAt: 2, flagsAt: 4, typeWidth: 2 }, (at, size) => ({
    at,
    end: at + size,
  }));
}

function version2(file: FileView, address: number): Message[] {
  file.expectMark(address, 'OHDR');
  if (file.u8(address + 4) !== 2) throw brokenHdf5('object headers of version 1 or 2', `${file.u8(address + 4)}`);
  const flags = file.u8(address + 5);
  const width = 2 ** (flags & 3);
  const sizeAt = address + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const at = sizeAt + width;
  const form = { header: flags & 4 ? 6 : 4, sizeAt: 1, flagsAt: 3, typeWidth: 1 } as const;
  return inBlocks(file, [{ at, end: at + file.wide(sizeAt, width) }], form, (start, size) => {
    file.expectMark(start, 'OCHK');
    return { at: start + 4, end: start + size - 4 };
  });
}

interface Form {
  /** How long the header of a message is, and where in it what is said. */
  readonly header: number;
  readonly sizeAt: number;
  readonly flagsAt: number;
  readonly typeWidth: 1 | 2;
}

/** @param continued the block that a continuation tells of */
function inBlocks(
  file: FileView,
  blocks: { at: number; end: number }[],
  { header, sizeAt, flagsAt, typeWidth }: Form,
  continued: (at: number, size: number) => { at: number; end: number },
): Message[] {
  const found: Message[] = [];
  const begun = new Set<number>();
  for (const { at: begin, end } of blocks) {
    if (begun.has(begin)) throw brokenHdf5('every part of a header once', 'parts that name each other (a cycle)');
    begun.add(begin);
    file.part(begin, end - begin);
    let at = begin;
    while (at + header <= end) {
      const type = typeWidth === 1 ? file.u8(at) : file.u16(at);
      const message = { type, at: at + header, end: at + header + file.u16(at + sizeAt) };
      if (message.end > end) throw brokenHdf5('messages inside of their header', 'a longer one');
      if (file.u8(at + flagsAt) & SHARED && (type === MESSAGE.datatype || type === MESSAGE.dataspace)) {
        throw brokenHdf5('objects that say themselves what they are', 'one that shares it');
      }
      if (type === MESSAGE.continuation) blocks.push(continued(file.u64(message.at), file.u64(message.at + 8)));
      else found.push(message);
      at = message.end;
    }
  }
  return found;
}
