import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { DataError } from '../../../../src/errors.ts';
import { decodeUtf8, readText } from '../../../../src/text/readers/utf8.ts';
import { tempFile, tempFolder } from './temp-folder.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

test.prop([fc.string({ unit: 'binary' })])('text comes back from its bytes', (text) => {
  const bytes = new TextEncoder().encode(text);
  expect(decodeUtf8('a.txt', bytes)).toBe(text.replace(/^\ufeff/, ''));
});

test('a byte order mark is dropped', async () => {
  expect(await readText(await tempFile('a.txt', '\ufeffhé\r\n'))).toBe('hé\r\n');
});

test.each([
  ['in the first line', 'caf\xe9\nb', 1],
  ['in a middle line', 'a\nb\r\n\xff\nd\n\xff', 3],
  ['in the last line', 'a\nb\nc\xe9', 3],
  ['when a line feed cuts a character', 'a\n\xe2\x82\nb', 2],
])('bytes that are not UTF-8 are refused %s', (_, text, line) => {
  expect(() => decodeUtf8('a.txt', latin1(text))).toThrow(
    new DataError(`a.txt, line ${line}: UTF-8 was expected, but other bytes came; save the file as UTF-8`),
  );
});

test('a missing file is refused', async () => {
  const path = `${await tempFolder()}/none.txt`;
  await expect(readText(path)).rejects.toThrow(
    new DataError(`${path}: a file was expected, but nothing is there; check the path`),
  );
});

test('a folder is refused', async () => {
  const path = await tempFolder();
  await expect(readText(path)).rejects.toThrow(
    new DataError(`${path}: a file was expected, but a folder came; name a file`),
  );
});

test('a path that leads through a file is refused', async () => {
  const path = `${await tempFile('a.txt', 'a')}/b.txt`;
  await expect(readText(path)).rejects.toThrow(
    new DataError(`${path}: a file was expected, but a file came where the path needs a folder; check the path`),
  );
});

test('a path that cannot be opened for another reason is refused', async () => {
  const path = 'a'.repeat(5000);
  await expect(readText(path)).rejects.toThrow(
    new DataError(
      `${path}: a file was expected, but it cannot be opened (ENAMETOOLONG); check its name and its permissions`,
    ),
  );
});
