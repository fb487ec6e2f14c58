import { show } from '../../errors.ts';
import { brokenArchive } from './broken-archive.ts';
import { wholeAt } from './directory.ts';

/** What the directory says of an entry. */
export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  /** How many bytes it has, unpacked. */
  readonly size: number;
  /** Where its own header begins, and where its bytes begin and end in the archive. */
  readonly header: number;
  readonly begin: number;
  readonly end: number;
}

const CENTRAL = { mark: 0x02014b50, length: 46 };
const LOCAL = { mark: 0x04034b50, length: 30 };

/** Flags: sizes that follow the bytes, names in UTF-8, and how hard it was deflated. */
const KNOWN_FLAGS = 0b1000_0000_1110;
const LEFT_OUT = 0xffffffff;

/**
 * The entry that stands in the directory at a byte, and where the next one does.
 * @throws DataError when it breaks a rule, or the header before its bytes says something else
 */
export function checkedEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  directory: { readonly start: number; readonly end: number },
): { readonly entry: ZipEntry; readonly next: number } {
  const broken = brokenArchive;
  if (at + CENTRAL.length > directory.end || view.getUint32(at, true) !== CENTRAL.mark) {
    throw broken(`an entry at byte ${at} of the directory`, 'something else');
  }
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
    number,
    number,
    number,
  ];
  const extra = at + CENTRAL.length + nameLength;
  const next = extra + extraLength + commentLength;
  if (next > directory.end) throw broken('an entry inside of the directory', 'one that is longer');
  const name = nameOf(bytes.subarray(at + CENTRAL.length, extra));
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  if (flags & ~KNOWN_FLAGS) {
    throw broken(`${show(name)} without encryption`, `flags ${flags}`);
  }
  if (method !== 0 && method !== 8) throw broken(`${show(name)} stored or deflated`, `method ${method}`);
  const sizes = sizesOf(view, at, extra, extra + extraLength);
  const header = sizes.header;
  expectHeader(bytes, view, header, { name, at, nameLength, start: directory.start });
  const begin = header + LOCAL.length + nameLength + view.getUint16(header + 28, true);
  const end = begin + sizes.packed;
  if (end > directory.start) throw broken(`${show(name)} before the directory`, `its end at byte ${end}`);
  if (method === 0 && sizes.packed !== sizes.size) {
    throw broken(`${sizes.packed} bytes of ${show(name)}`, `${sizes.size}`);
  }
  const crc = view.getUint32(at + 16, true);
  return { entry: { name, deflated: method === 8, crc, size: sizes.size, header, begin, end }, next };
}

/** @throws DataError for a name that is no plain path inside of a folder */
function nameOf(bytes: Uint8Array): string {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw brokenArchive('names in UTF-8', 'something else');
  }
  const isPlain = name !== '' && !/\p{Cc}|\\|^\/|^[A-Za-z]:/u.test(name) && !name.split('/').includes('..');
  if (!isPlain) throw brokenArchive('names of files in a folder', show(name));
  return name;
}

/** Sizes of 32 bits, or behind the name those of 64 bits whose place is filled with ones. */
function sizesOf(
  view: DataView,
  at: number,
  extra: number,
  extraEnd: number,
): Readonly<Record<'size' | 'packed' | 'header', number>> {
  const fields = { size: 24, packed: 20, header: 42 };
  const found = { size: 0, packed: 0, header: 0 };
  let wide = wideFields(view, extra, extraEnd);
  for (const name of ['size', 'packed', 'header'] as const) {
    found[name] = view.getUint32(at + fields[name], true);
    if (found[name] !== LEFT_OUT || !wide) continue;
    if (wide.begin + 8 > wide.end) throw brokenArchive('sizes of 64 bits', 'fewer than are left out');
    found[name] = wholeAt(view, wide.begin);
    wide = { begin: wide.begin + 8, end: wide.end };
  }
  return found;
}

/** Where the field of 64-bit sizes lies among the extra fields. */
function wideFields(view: DataView, extra: number, end: number): { begin: number; end: number } | null {
  let at = extra;
  while (at + 4 <= end) {
    const next = at + 4 + view.getUint16(at + 2, true);
    if (next > end) throw brokenArchive('extra fields inside of an entry', 'longer ones');
    if (view.getUint16(at, true) === 1) return { begin: at + 4, end: next };
    at = next;
  }
  return null;
}

/** The header before the bytes names the same entry; its sizes may be left out. */
function expectHeader(
  bytes: Uint8Array,
  view: DataView,
  header: number,
  { name, at, nameLength, start }: { name: string; at: number; nameLength: number; start: number },
): void {
  const fits = (): boolean => {
    if (header + LOCAL.length + nameLength > start || view.getUint32(header, true) !== LOCAL.mark) return false;
    const same = [
      [6, 8],
      [8, 10],
      [26, 28],
    ] as const;
    if (same.some(([own, central]) => view.getUint16(header + own, true) !== view.getUint16(at + central, true))) {
      return false;
    }
    for (let i = 0; i < nameLength; i++) {
      if (bytes[header + LOCAL.length + i] !== bytes[at + CENTRAL.length + i]) return false;
    }
    const laterOnes = (view.getUint16(header + 6, true) & 8) !== 0;
    return [
      [14, 16],
      [18, 20],
      [22, 24],
    ].every(([own, central]) => {
      const said = view.getUint32(header + (own as number), true);
      return (laterOnes && said === 0) || said === LEFT_OUT || said === view.getUint32(at + (central as number), true);
    });
  };
  if (!fits()) throw brokenArchive(`a header of ${show(name)} as in the directory`, 'another one');
}
