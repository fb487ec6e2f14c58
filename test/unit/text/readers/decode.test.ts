import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { DataError } from '../../../../src/errors.ts';
import { decoded } from '../../../../src/text/readers/decode.ts';
import { fileInput } from '../../../../src/text/readers/input.ts';
import { tempFile, tempFolder } from './temp-folder.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** In pieces of this size. */
async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function textOf(bytes: Uint8Array, size = 1000, encoding?: string): Promise<string> {
  return all(decoded({ name: 'a.txt', bytes: pieces(bytes, size) }, encoding));
}

async function all(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

const utf16 = (text: string, littleEndian: boolean): Uint8Array => {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
};

test.prop([fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 7 })])(
  'text comes back from its bytes, however they are cut, without its byte order mark',
  async (text, size) => {
    expect(await textOf(new TextEncoder().encode(text), size)).toBe(text.replace(/^\ufeff/, ''));
    expect(await textOf(utf16(text, true), size, 'utf-16le')).toBe(text.replace(/^\ufeff/, ''));
  },
);

test('bytes from 0x80 to 0x9f are those of windows-1252, on every host', async () => {
  expect(await textOf(Uint8Array.of(0x80, 0x93, 0xe9), 2, 'windows-1252')).toBe('€“é');
  expect(await textOf(Uint8Array.of(0x80, 0x93, 0xe9), 2, 'latin1')).toBe('€“é');
});

describe('bytes that are not UTF-8 are refused, with the line and the likely encoding', () => {
  test.each([
    ['in the first line', 'caf\xe9\nb', 1],
    ['in a middle line', 'a\nb\r\n\xff\nd\n\xff', 3],
    ['in the last line', 'a\nb\nc\xe9', 3],
    ['when a line feed cuts a character', 'a\n\xe2\x82\nb', 2],
    ['when the end cuts a character', 'a\rb\r\nc \xe2\x82', 3],
    ['after characters of several bytes', 'a \xe2\x82\xac\n\xf0\x9f\x99\x82\n\xe9', 3],
  ])('%s', async (_, text, line) => {
    for (const size of [1, 2, 3, 5, 100]) {
      await expect(textOf(latin1(text), size)).rejects.toThrow(
        new RegExp(`^a.txt, line ${line}: UTF-8 was expected, but other bytes came`),
      );
    }
  });

  // Made with `iconv -t`, of one sentence each.
  test.each([
    ['windows-1252', latin1('text,label\nIt cost \xa35 in a caf\xe9,ham\n')],
    ['utf-16le', utf16('\ufefftext,label\nso good,ham\n', true)],
    ['utf-16be', utf16('text,label\nso good,ham\n', false)],
    ['utf-16le', utf16('text,label\n电影很好,好\n', true)],
    ['windows-1251', bytesOf('f5eef0eef8e8e920f4e8ebfcec2c20eff0e5eae0f1ede0ff20e8e3f0e0')],
    ['koi8-r', bytesOf('c8cfd2cfdbc9ca20c6c9cccdd82c20d0d2c5cbd2c1d3cec1d120c9c7d2c1')],
    ['shift_jis', bytesOf('82c682c482e0968182a28966896682be82c182bd')],
    ['euc-jp', bytesOf('a4c8a4c6a4e2b2e8cce8a4b7a4af')],
    ['euc-kr', bytesOf('c1a4b8bb20c1c1c0ba20bfb5c8ad')],
    ['gb18030', bytesOf('ced2c3c7b5c4b5e7d3b0cac7d7eebac3b5c4')],
    ['big5', bytesOf('a7da adcc aaba b971 bc76 ac4f b3cc a66e aaba'.replaceAll(' ', ''))],
  ])('%s is named', async (label, bytes) => {
    await expect(textOf(bytes)).rejects.toThrow(
      new RegExp(`came, ${label} by the looks of them; give the encoding \\(${label}\\), or save the file as UTF-8$`),
    );
    expect(await textOf(bytes, 3, label)).not.toContain('\ufffd');
  });

  test.each([
    ['gzip', '1f8b0800000000000003cb48cdc9c9070086a6103605000000'],
    ['ZIP (which .xlsx is as well)', '504b0304140000000800fffe'],
    ['xz', 'fd377a585a000004e6d6b446'],
    ['Zstandard', '28b52ffd0458310000686579'],
    ['Parquet', '5041523115041510fffe4c15'],
  ])('what is packed is named: %s', async (form, hex) => {
    await expect(textOf(bytesOf(hex), 5)).rejects.toThrow(
      new DataError(`a.txt: text was expected, but a file of the form ${form} came; unpack or export it first`),
    );
  });

  test.each(['1f8c08ff', '504b0305ff', 'fd377a585bff', '28b52ffcff', '50415232ff', 'fdfdfdfdff'])(
    'what begins nearly as something packed is bytes of another encoding: %s',
    async (hex) => {
      await expect(textOf(bytesOf(hex))).rejects.toThrow('UTF-8 was expected, but other bytes came');
    },
  );

  test('half of a byte order mark is none', async () => {
    // Of the second byte of one of UTF-16, and of the first.
    await expect(textOf(bytesOf('41fe0a'))).rejects.toThrow('windows-1252 by the looks of them');
    await expect(textOf(bytesOf('41ff0a'))).rejects.toThrow('windows-1252 by the looks of them');
    await expect(textOf(bytesOf('ff410a'))).rejects.toThrow('windows-1252 by the looks of them');
    await expect(textOf(bytesOf('fe410a'))).rejects.toThrow('windows-1252 by the looks of them');
    await expect(textOf(bytesOf('fffe'))).rejects.toThrow('utf-16le by the looks of them');
    await expect(textOf(bytesOf('feff'))).rejects.toThrow('utf-16be by the looks of them');
  });

  test('the zeros of UTF-16 are looked for at the beginning alone, and short texts show none', async () => {
    const odd = 'a\0'.repeat(3000);
    await expect(textOf(latin1(odd), 6000)).rejects.toThrow('utf-16le by the looks of them');
    expect(await textOf(latin1('word '.repeat(1000) + odd), 20_000)).toContain('a\0a\0');
    expect(await textOf(latin1('a\0b\0c\0'))).toBe('a\0b\0c\0');
    await expect(textOf(latin1('a\0b\0c\0d\0'))).rejects.toThrow('utf-16le by the looks of them');
  });

  test('a few NULs are part of a text', async () => {
    expect(await textOf(latin1('a,b\0c\n"\0","\0"'))).toBe('a,b\0c\n"\0","\0"');
  });

  test('bytes that are not of the encoding that was given', async () => {
    await expect(textOf(latin1('a\nb\x81\x00'), 2, 'shift_jis')).rejects.toThrow(
      new DataError(
        'a.txt, line 2: text in shift_jis was expected, but other bytes came; give the encoding that the file was saved in',
      ),
    );
  });
});

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

describe('what cannot be read is refused', () => {
  test.each([
    ['a missing file', async () => `${await tempFolder()}/none.txt`, 'nothing is there; check the path'],
    ['a folder', () => tempFolder(), 'a folder came; name a file'],
    [
      'a path that leads through a file',
      async () => `${await tempFile('a.txt', 'a')}/b.txt`,
      'a file came where the path needs a folder; check the path',
    ],
    [
      'a name that is too long',
      async () => 'a'.repeat(5000),
      'it cannot be opened (ENAMETOOLONG); check its name and its permissions',
    ],
  ])('%s', async (_, make, reason) => {
    const path = await make();
    await expect(all(decoded(fileInput(path)))).rejects.toThrow(
      new DataError(`${path}: a file was expected, but ${reason}`),
    );
  });
});
