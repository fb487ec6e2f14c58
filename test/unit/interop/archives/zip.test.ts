import { deflateRawSync } from 'node:zlib';
import { DataError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../../../src/interop/archives/crc32.ts';
import { beginsAsZip, readZip } from '../../../../src/interop/archives/read-zip.ts';
import { writeZip } from '../../../../src/interop/archives/write-zip.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const FILES = [
  { name: 'a/one.txt', bytes: text('the first') },
  { name: 'a/empty', bytes: text('') },
  { name: 'a/ünï', bytes: Uint8Array.from({ length: 300 }, (_, i) => i % 251) },
];

/** One entry, in each part of which something can be changed. */
interface Forged {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly localName?: string;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly packed?: number;
  readonly at?: number;
  readonly extra?: readonly number[];
}

/** An archive by hand, which says whatever it is told. */
function forged(entries: readonly Forged[], { count = entries.length, comment = '' } = {}): Uint8Array {
  const out: number[] = [];
  const u16 = (...values: number[]) => {
    for (const value of values) out.push(value & 255, (value >> 8) & 255);
  };
  const u32 = (...values: number[]) => {
    for (const value of values) u16(value & 0xffff, Math.floor(value / 65536));
  };
  const common = ({
    bytes,
    flags = 0,
    method = 0,
    crc = crc32(bytes),
    size = bytes.length,
    packed = bytes.length,
  }: Forged) => {
    u16(20, flags, method, 0, 33);
    u32(crc, packed, size);
  };
  const places = entries.map((entry) => {
    const at = out.length;
    const name = text(entry.localName ?? entry.name);
    u32(0x04034b50);
    common(entry);
    u16(name.length, 0);
    out.push(...name, ...entry.bytes);
    return at;
  });
  const start = out.length;
  for (const [i, entry] of entries.entries()) {
    const name = text(entry.name);
    u32(0x02014b50);
    u16(20);
    common(entry);
    u16(name.length, entry.extra?.length ?? 0, 0, 0, 0);
    u32(0, entry.at ?? (places[i] as number));
    out.push(...name, ...(entry.extra ?? []));
  }
  const size = out.length - start;
  u32(0x06054b50);
  u16(0, 0, count, count);
  u32(size, start);
  u16(comment.length);
  out.push(...text(comment));
  return Uint8Array.from(out);
}

const one: Forged = { name: 'a', bytes: text('hello') };
const deflated = (data: Uint8Array): Forged => ({
  name: 'a',
  bytes: new Uint8Array(deflateRawSync(data)),
  method: 8,
  crc: crc32(data),
  size: data.length,
});

test('what is written is read, at places that PyTorch can map', async () => {
  const zip = writeZip(FILES);
  expect(beginsAsZip(zip)).toBe(true);
  const archive = readZip(zip);
  expect(archive.names).toEqual(FILES.map(({ name }) => name));
  for (const { name, bytes } of FILES) {
    const read = await archive.read(name);
    expect([...read]).toEqual([...bytes]);
    expect((read.byteOffset - zip.byteOffset) % 64).toBe(0);
  }
  expect(archive.unchecked.size).toBe(0);
});

test('the checksum is that of zip', () => {
  expect(crc32(text('123456789'))).toBe(0xcbf43926);
});

test('a deflated entry is inflated', async () => {
  const data = text('abc '.repeat(1000));
  expect(new TextDecoder().decode(await readZip(forged([deflated(data)])).read('a'))).toBe('abc '.repeat(1000));
});

test('an entry without a checksum is told', async () => {
  const archive = readZip(forged([{ ...one, crc: 0 }]));
  await archive.read('a');
  expect([...archive.unchecked]).toEqual(['a']);
});

test('sizes of 64 bits are read where those of 32 are left out', async () => {
  const extra = [1, 0, 16, 0, 5, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
  const archive = readZip(forged([{ ...one, size: 0xffffffff, packed: 0xffffffff, extra }]));
  expect(new TextDecoder().decode(await archive.read('a'))).toBe('hello');
  const less = forged([{ ...one, size: 0xffffffff, packed: 0xffffffff, extra: [1, 0, 8, 0, 5, 0, 0, 0, 0, 0, 0, 0] }]);
  expect(() => readZip(less)).toThrow('sizes of 64 bits');
});

describe('what breaks a rule is refused', () => {
  const two = [one, { name: 'b', bytes: text('again') }];
  test.each<[string, Uint8Array, string]>([
    ['no end', forged([one]).slice(0, -3), 'truncated'],
    ['two ends', forged([one], { comment: `PK\x05\x06${'\0'.repeat(18)}` }), 'one end'],
    ['bytes behind the end', new Uint8Array([...forged([one]), 1]), 'truncated'],
    ['an entry twice', forged([one, one]), 'every entry once'],
    ['more entries than there are', forged([one], { count: 2 }), 'an entry at byte'],
    ['fewer entries than there are', forged(two, { count: 1 }), 'a directory of'],
    ['entries on the same bytes', forged([one, { ...one, name: 'b', localName: 'b', at: 0 }]), 'as in the directory'],
    [
      'an entry in another',
      forged([
        { name: 'a', bytes: forged([{ name: 'b', bytes: text('x') }]) },
        { name: 'b', bytes: text('x'), at: 31 },
      ]),
      'behind each other',
    ],
    ['another name before the bytes', forged([{ ...one, localName: 'b' }]), 'as in the directory'],
    ['a place outside', forged([{ ...one, at: 5000 }]), 'as in the directory'],
    ['a size that is not that of the bytes', forged([{ ...one, size: 6 }]), '5 bytes of "a"'],
    ['a length beyond the directory', forged([{ ...one, size: 500, packed: 500 }]), 'before the directory'],
    ['encryption', forged([{ ...one, flags: 1 }]), 'without encryption'],
    ['another compression', forged([{ ...one, method: 12 }]), 'method 12'],
    ['more than could be in it', forged([{ ...deflated(text('a')), size: 2 ** 27 }]), 'at most'],
    ...['../a', '/a', 'C:a', 'a\\b', '', 'a\0b', 'a/../b'].map((name): [string, Uint8Array, string] => [
      `the name ${JSON.stringify(name)}`,
      forged([{ ...one, name, localName: name }]),
      'names of files',
    ]),
  ])('%s', async (_, bytes, says) => {
    await expectRefusal(() => readZip(bytes), DataError, says);
  });

  test.each<[string, Forged, string]>([
    ['another checksum', { ...one, crc: 1 }, 'the checksum 1'],
    ['more bytes than are said', { ...deflated(text('abc '.repeat(1000))), size: 10 }, '10 bytes of "a"'],
    ['fewer bytes than are said', { ...deflated(text('abc')), size: 10 }, '10 bytes of "a"'],
    [
      'bytes that are not deflated',
      { ...deflated(text('abc')), bytes: Uint8Array.of(255, 255, 255, 255, 255), packed: 5 },
      'deflated bytes',
    ],
    [
      'bytes that end too early',
      {
        ...deflated(text('abc'.repeat(99))),
        bytes: new Uint8Array(deflateRawSync(text('abc'.repeat(99)))).slice(0, 5),
        packed: 5,
      },
      'deflated bytes',
    ],
  ])('%s, when it is read', async (_, entry, says) => {
    const archive = readZip(forged([entry]));
    await expectRefusal(() => archive.read('a'), DataError, says);
  });

  test('a name that is not there', async () => {
    await expect(readZip(forged([one])).read('b')).rejects.toThrow('an entry "b" was expected');
  });

  test('each beginning of an archive', () => {
    const zip = writeZip(FILES);
    for (let end = 0; end < zip.length; end++) {
      expect(() => readZip(zip.subarray(0, end))).toThrow(DataError);
    }
  });
});
