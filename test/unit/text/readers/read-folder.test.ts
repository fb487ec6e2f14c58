import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DataError, OptionError } from '../../../../src/errors.ts';
import { readFolder } from '../../../../src/text/readers/read-folder.ts';
import { tempFile, tempFolder } from './temp-folder.ts';

/** What a folder holds, and what was told of it; its path is `DIR` there. */
async function read(dir: string) {
  const notes: string[] = [];
  const data = await readFolder(dir, { onNote: (note) => notes.push(note.replaceAll(dir, 'DIR')) });
  return { ...data, notes };
}

describe('one file a class', () => {
  test('each line is a text, and what is left aside is told', async () => {
    const dir = await tempFolder({
      'spam.txt': '\ufeffwin "now"\r\n\r\n  \nfree\n',
      'ham.v2.txt': 'hi',
      Zoo: 'a lion',
      '.hidden.txt': 'not read',
      'sub/other.txt': 'not read',
      'empty/.keep': '',
    });
    expect(await read(dir)).toEqual({
      texts: ['a lion', 'hi', 'win "now"', 'free'],
      labels: ['Zoo', 'ham.v2', 'spam', 'spam'],
      notes: ['DIR: left aside: 1 with names that begin with a dot, empty (a folder without files), sub (a folder)'],
    });
  });

  test('a line ends in a line feed, a carriage return or both, and in nothing else (18)', async () => {
    const dir = await tempFolder({ 'a.txt': 'one\rtwo\r\nthree\u2028four\u0085five\vsix\nseven\r', 'b.txt': 'x\r\ry' });
    expect((await readFolder(dir)).texts).toEqual(['one', 'two', 'three\u2028four\u0085five\vsix', 'seven', 'x', 'y']);
  });

  test('links are followed (O30)', async () => {
    const texts = await tempFolder({ 'h.txt': 'hi\n' });
    const dir = await tempFolder({ 'spam.txt': 'win\n' });
    await symlink(join(texts, 'h.txt'), join(dir, 'ham.txt'));
    expect(await read(dir)).toEqual({ texts: ['hi', 'win'], labels: ['ham', 'spam'], notes: [] });
    await symlink(join(texts, 'gone.txt'), join(dir, 'eggs.txt'));
    await expect(readFolder(dir)).rejects.toThrow(
      new DataError(
        `${join(dir, 'eggs.txt')}: a file or a folder was expected behind the link, but nothing is there; correct or remove the link`,
      ),
    );
  });

  test('a file of very many lines is read', async () => {
    const dir = await tempFolder({ 'a.txt': 'x\n'.repeat(300_000) });
    expect((await readFolder(dir)).labels).toHaveLength(300_000);
  });

  test('a class without examples is refused', async () => {
    const dir = await tempFolder({ 'ham.txt': 'hi\n', 'spam.txt': '\n \n' });
    await expect(readFolder(dir)).rejects.toThrow(
      new DataError(
        `${join(dir, 'spam.txt')}: a text a line was expected, but there is none; add examples or remove the file`,
      ),
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
});

describe('one folder a class, as aclImdb has it (S2)', () => {
  test('each file is a text, and the files beside the folders are told', async () => {
    const dir = await tempFolder({
      'pos/1_9.txt': 'A warm film.\nBright.\n',
      'pos/0_10.txt': 'Clever',
      'pos/2_8.txt': ' \n',
      'pos/more/3_7.txt': 'not read',
      'neg/0_1.txt': 'Dull.',
      'urls_pos.txt': 'http://films\n',
      'labeledBow.feat': '9 0:9\n',
      'empty/.keep': '',
    });
    expect(await read(dir)).toEqual({
      texts: ['Dull.', 'Clever', 'A warm film.\nBright.\n'],
      labels: ['neg', 'pos', 'pos'],
      notes: [
        'DIR: left aside: empty (a folder without files), labeledBow.feat, urls_pos.txt',
        'DIR/pos: left aside: more (a folder), 2_8.txt (empty)',
      ],
    });
  });

  test('links to folders are followed', async () => {
    const texts = await tempFolder({ 'a/1.txt': 'hi', 'b/1.txt': 'win', 'b/2.txt': 'free' });
    const dir = await tempFolder({});
    await symlink(join(texts, 'a'), join(dir, 'ham'));
    await symlink(join(texts, 'b'), join(dir, 'spam'));
    expect(await read(dir)).toEqual({ texts: ['hi', 'win', 'free'], labels: ['ham', 'spam', 'spam'], notes: [] });
  });

  test('more texts than are handed on together come back in the order of their names', async () => {
    const names = Array.from({ length: 600 }, (_, i) => `a/${String(i).padStart(3, '0')}.txt`);
    const dir = await tempFolder({ 'b/x': 'last', ...Object.fromEntries(names.map((name) => [name, name])) });
    expect((await readFolder(dir)).texts).toEqual([...names, 'last']);
  });

  test('a folder of empty files is refused', async () => {
    const dir = await tempFolder({ 'a/1.txt': 'x', 'b/1.txt': '\n' });
    await expect(readFolder(dir)).rejects.toThrow(
      new DataError(
        `${join(dir, 'b')}: a text a file was expected, but there is none; add examples or remove the folder`,
      ),
    );
  });
});

test('a folder without texts is refused', async () => {
  const dir = await tempFolder({ '.hidden': 'x', 'sub/.hidden': 'x' });
  await expect(readFolder(dir)).rejects.toThrow(
    new DataError(
      `${dir}: a text file for each class, or a folder of them, was expected, but there is none; put them in the folder`,
    ),
  );
});

test('bytes that are not UTF-8 are refused, and read when their encoding is given', async () => {
  const dir = await tempFolder({ 'ham.txt': Uint8Array.of(104, 10, 0xe9, 0xff) });
  await expect(readFolder(dir)).rejects.toThrow(
    `${join(dir, 'ham.txt')}, line 2: UTF-8 was expected, but other bytes came`,
  );
  expect((await readFolder(dir, { encoding: 'windows-1252' })).texts).toEqual(['h', 'éÿ']);
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

test('what is no path or no option is refused', async () => {
  await expect(readFolder(7 as unknown as string)).rejects.toThrow(
    new OptionError('readFolder: a string was expected as dir, but 7 came'),
  );
  await expect(readFolder('x', { encode: 'utf-8' } as object)).rejects.toThrow(
    /^readFolder: "encode" is not an option of it; .*its options are encoding, onNote$/,
  );
  await expect(readFolder('x', { encoding: 'utf-9' })).rejects.toThrow(
    new OptionError(
      'readFolder: a label of TextDecoder was expected as encoding, such as "windows-1252" or "utf-16le", but "utf-9" came',
    ),
  );
  await expect(readFolder('x', { onNote: 'x' as unknown as () => void })).rejects.toThrow(OptionError);
});
