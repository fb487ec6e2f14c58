import { brokenArchive } from './broken-archive.ts';

/** Where the central directory of an archive lies, in bytes, and how many entries it has. */
export interface Directory {
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

const END = { mark: 0x06054b50, length: 22 };
const END_64 = { mark: 0x06064b50, length: 56 };
const LOCATOR_64 = { mark: 0x07064b50, length: 20 };

/** The longest comment behind the end record. */
const LONGEST_COMMENT = 0xffff;

/** @throws DataError when there is none, or what is said of it does not fit */
export function findDirectory(view: DataView): Directory {
  const record = findEnd(view);
  const wide = readEnd64(view, record);
  const short = {
    count: view.getUint16(record + 10, true),
    size: view.getUint32(record + 12, true),
    start: view.getUint32(record + 16, true),
  };
  const { count, size, start } = wide ?? short;
  if (wide) expectSame(short, wide);
  const end = wide ? wide.record : record;
  if (start + size !== end) {
    throw brokenArchive(`a directory that ends at byte ${end}`, `one of ${size} bytes from ${start} on`);
  }
  return { count, start, end };
}

/** The record that ends an archive: with its comment it reaches to the last byte, and no other one does. */
function findEnd(view: DataView): number {
  const found: number[] = [];
  const last = view.byteLength - END.length;
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
    if (view.getUint32(at, true) === END.mark && view.getUint16(at + 20, true) === last - at) found.push(at);
  }
  const [record] = found;
  if (record === undefined) throw brokenArchive('an end of the archive', 'none (the file is truncated)');
  if (found.length > 1) throw brokenArchive('one end of the archive', `${found.length}`);
  const disks = [4, 6].map((field) => view.getUint16(record + field, true));
  if (disks.some((disk) => disk !== 0 && disk !== 0xffff)) throw brokenArchive('an archive of one part', 'several');
  const here = view.getUint16(record + 8, true);
  const count = view.getUint16(record + 10, true);
  if (here !== count) throw brokenArchive(`${count} entries`, `${here}`);
  return record;
}

/** What stands before the end record in archives that may be large. */
function readEnd64(
  view: DataView,
  end: number,
): (Directory & { readonly size: number; readonly record: number }) | null {
  const locator = end - LOCATOR_64.length;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR_64.mark) return null;
  const record = wholeAt(view, locator + 8);
  if (record + END_64.length !== locator || view.getUint32(record, true) !== END_64.mark) {
    throw brokenArchive('a zip64 record before its locator', `one at byte ${record}`);
  }
  const disks = [locator + 4, record + 16, record + 20].map((field) => view.getUint32(field, true));
  if (disks.some((disk) => disk !== 0)) throw brokenArchive('an archive of one part', 'several');
  const [here, count, size, start] = [24, 32, 40, 48].map((field) => wholeAt(view, record + field)) as [
    number,
    number,
    number,
    number,
  ];
  if (here !== count) throw brokenArchive(`${count} entries`, `${here}`);
  return { count, size, start, end: start + size, record };
}

/** Where both records say something, they say the same. */
function expectSame(
  short: Readonly<Record<'count' | 'size' | 'start', number>>,
  wide: Readonly<Record<'count' | 'size' | 'start', number>>,
): void {
  for (const field of ['count', 'size', 'start'] as const) {
    const left = short[field] === (field === 'count' ? 0xffff : 0xffffffff);
    if (!left && short[field] !== wide[field]) throw brokenArchive(`${field} ${short[field]}`, `${wide[field]}`);
  }
}

/** A number of 64 bits. @throws DataError beyond what any file has */
export function wholeAt(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw brokenArchive('sizes and places inside of the file', `${value}`);
}
