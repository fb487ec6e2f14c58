import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataError } from '../../../../src/errors.ts';
import { readFolder } from '../../../../src/text/readers/read-folder.ts';
import { tempFile, tempFolder } from './temp-folder.ts';

test('each file is a class and each line a text', async () => {
  const dir = await tempFolder({
    'spam.txt': '\ufeffwin "now"\r\n\r\n  \nfree\n',
    'ham.v2.txt': 'hi',
    Zoo: 'a lion',
    '.hidden.txt': 'not read',
    'sub/other.txt': 'not read',
  });
  expect(await readFolder(dir)).toEqual({
    texts: ['a lion', 'hi', 'win "now"', 'free'],
    labels: ['Zoo', 'ham.v2', 'spam', 'spam'],
  });
});

test('a file of very many lines is read', async () => {
  const dir = await tempFolder({ 'a.txt': 'x\n'.repeat(300_000) });
  expect((await readFolder(dir)).labels).toHaveLength(300_000);
});

test('a folder without files is refused', async () => {
  const dir = await tempFolder({ '.hidden': 'x', 'sub/a.txt': 'x' });
  await expect(readFolder(dir)).rejects.toThrow(
    new DataError(`${dir}: a text file for each class was expected, but there is none; put them in the folder`),
  );
});

test('a class without examples is refused', async () => {
  const dir = await tempFolder({ 'ham.txt': 'hi\n', 'spam.txt': '\n \n' });
  const path = join(dir, 'spam.txt');
  await expect(readFolder(dir)).rejects.toThrow(
    new DataError(`${path}: a text a line was expected, but there is none; add examples or remove the file`),
  );
});

test('two files of one label are refused', async () => {
  const dir = await tempFolder({ 'spam.txt': 'win', 'spam.log': 'free' });
  await expect(readFolder(dir)).rejects.toThrow(
    new DataError(
      `${dir}: one file for each label was expected, but spam.log and spam.txt both give "spam"; rename or merge them`,
    ),
  );
});

test('bytes that are not UTF-8 are refused', async () => {
  const dir = await tempFolder({ 'ham.txt': Uint8Array.of(104, 10, 0xff) });
  const path = join(dir, 'ham.txt');
  await expect(readFolder(dir)).rejects.toThrow(
    new DataError(`${path}, line 2: UTF-8 was expected, but other bytes came; save the file as UTF-8`),
  );
});

test('a file is refused', async () => {
  const path = await tempFile('a.txt', 'hi');
  await expect(readFolder(path)).rejects.toThrow(
    new DataError(`${path}: a folder was expected, but a file came where the path needs a folder; check the path`),
  );
});

test('a missing folder is refused', async () => {
  const path = join(await tempFolder(), 'none');
  await expect(readFolder(path)).rejects.toThrow(
    new DataError(`${path}: a folder was expected, but nothing is there; check the path`),
  );
});
