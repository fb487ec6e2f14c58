/**
 * Zip archives, read strictly: each rule that is broken is an error, as is all that two readers could take for two things.
 * Sizes and checksums are those of the central directory at the archive's end (PyTorch writes none beside the entries).
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
import { show } from '../../errors.ts';
import { brokenArchive } from './broken-archive.ts';
import { crc32 } from './crc32.ts';
import { findDirectory } from './directory.ts';
import { checkedEntry, type ZipEntry } from './entry.ts';
import { inflate } from './inflate.ts';

/** The most that the entries of an archive may hold together, unpacked: weights hardly become smaller by being packed. */
const MOST_UNPACKED = (length: number): number => 3 * length + 2 ** 26;

/** An archive whose directory was checked; its entries are checked when they are read. */
export interface ZipArchive {
  readonly names: readonly string[];
  /**
   * The bytes of an entry: a view into the archive where it is not deflated.
   * @throws DataError when there is none of that name, or its bytes are not those that were written
   */
  read(name: string): Promise<Uint8Array>;
  /** Entries that were read and have no checksum: PyTorch can leave them out. */
  readonly unchecked: ReadonlySet<string>;
}

/** Whether a file begins as an archive with an entry does. */
export function beginsAsZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** @throws DataError when the directory breaks a rule */
export function readZip(bytes: Uint8Array): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, start, end } = findDirectory(view);
  const entries = new Map<string, ZipEntry>();
  let at = start;
  for (let i = 0; i < count; i++) {
    const { entry, next } = checkedEntry(bytes, view, at, { start, end });
    if (entries.has(entry.name)) throw brokenArchive('every entry once', `${show(entry.name)} twice`);
    entries.set(entry.name, entry);
    at = next;
  }
  if (at !== end) throw brokenArchive(`a directory of ${at - start} bytes`, `${end - start}`);
  expectApart([...entries.values()]);
  expectRoom([...entries.values()], bytes.length);
  const unchecked = new Set<string>();
  return {
    names: [...entries.keys()],
    unchecked,
    async read(name) {
      const entry = entries.get(name);
      if (!entry) throw brokenArchive(`an entry ${show(name)}`, show([...entries.keys()]));
      const packed = bytes.subarray(entry.begin, entry.end);
      const data = entry.deflated ? await inflate(name, new Uint8Array(packed), entry.size) : packed;
      const crc = crc32(data);
      if (entry.crc === 0 && crc !== 0) unchecked.add(name);
      else if (crc !== entry.crc) throw brokenArchive(`the checksum ${entry.crc} of ${show(name)}`, `${crc}`);
      return data;
    },
  };
}

/** Entries that share bytes are how a small archive holds much, and how two readers come to different files. */
function expectApart(entries: readonly ZipEntry[]): void {
  let last: ZipEntry | undefined;
  for (const entry of entries.toSorted((a, b) => a.header - b.header)) {
    if (last && entry.header < last.end) {
      throw brokenArchive(`entries behind each other`, `${show(last.name)} and ${show(entry.name)} on the same bytes`);
    }
    last = entry;
  }
}

function expectRoom(entries: readonly ZipEntry[], length: number): void {
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  const most = MOST_UNPACKED(length);
  if (size > most) throw brokenArchive(`an archive of ${length} bytes with at most ${most} in it`, `${size}`);
}
