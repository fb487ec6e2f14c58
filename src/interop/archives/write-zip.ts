import { crc32 } from './crc32.ts';

/** Where the bytes of entries begin, as a multiple: PyTorch maps its files into memory at such places. */
const ALIGNMENT = 64;

/** A file that goes into an archive. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * An archive of files, stored as they are: weights hardly become smaller. The same files give the same bytes. Of less than
 * 4 GiB, and of fewer than 65,535 files.
 */
export function writeZip(files: readonly ZipFile[]): Uint8Array {
  const placed = place(files);
  const start = placed.at(-1)?.end ?? 0;
  const size = placed.reduce((sum, { name }) => sum + 46 + name.length, 0);
  const zip = new Uint8Array(start + size + 22);
  const view = new DataView(zip.buffer);
  let at = start;
  for (const file of placed) {
    writeHeader(view, zip, file);
    zip.set(file.bytes, file.begin);
    at = writeEntry(view, zip, at, file);
  }
  view.setUint32(at, 0x06054b50, true);
  view.setUint16(at + 8, files.length, true);
  view.setUint16(at + 10, files.length, true);
  view.setUint32(at + 12, size, true);
  view.setUint32(at + 16, start, true);
  return zip;
}

interface Placed {
  readonly name: Uint8Array;
  readonly bytes: Uint8Array;
  readonly crc: number;
  readonly header: number;
  /** Of an extra field, which fills up to the alignment. */
  readonly padding: number;
  readonly begin: number;
  readonly end: number;
}

function place(files: readonly ZipFile[]): Placed[] {
  let header = 0;
  return files.map(({ name: text, bytes }) => {
    const name = new TextEncoder().encode(text);
    const least = header + 30 + name.length + 4;
    const padding = (ALIGNMENT - (least % ALIGNMENT)) % ALIGNMENT;
    const begin = least + padding;
    const placed = { name, bytes, crc: crc32(bytes), header, padding, begin, end: begin + bytes.length };
    header = placed.end;
    return placed;
  });
}

function writeHeader(view: DataView, zip: Uint8Array, file: Placed): void {
  const { header, name, padding } = file;
  view.setUint32(header, 0x04034b50, true);
  writeCommon(view, header + 4, file);
  view.setUint16(header + 28, 4 + padding, true);
  zip.set(name, header + 30);
  // "FB": PyTorch's own filler.
  const extra = header + 30 + name.length;
  view.setUint16(extra, 0x4246, true);
  view.setUint16(extra + 2, padding, true);
}

/** @returns where the next one goes */
function writeEntry(view: DataView, zip: Uint8Array, at: number, file: Placed): number {
  view.setUint32(at, 0x02014b50, true);
  view.setUint16(at + 4, 20, true);
  writeCommon(view, at + 6, file);
  view.setUint32(at + 42, file.header, true);
  zip.set(file.name, at + 46);
  return at + 46 + file.name.length;
}

/** What a header and an entry of the directory both say, from the version that a reader needs to the name's length. */
function writeCommon(view: DataView, at: number, { name, bytes, crc }: Placed): void {
  view.setUint16(at, 20, true);
  view.setUint16(at + 2, 1 << 11, true);
  // 1 January 1980, the first day that the format has.
  view.setUint16(at + 8, 33, true);
  view.setUint32(at + 10, crc, true);
  view.setUint32(at + 14, bytes.length, true);
  view.setUint32(at + 18, bytes.length, true);
  view.setUint16(at + 22, name.length, true);
}
