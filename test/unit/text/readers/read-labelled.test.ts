import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataError, OptionError } from '../../../../src/errors.ts';
import { readLabelled, streamLabelled } from '../../../../src/text/readers/read-labelled.ts';
import { tempFile, tempFolder } from './temp-folder.ts';

const expected = { texts: ['hi', 'win'], labels: ['ham', 'spam'] };

test('a folder is read by its files', async () => {
  expect(await readLabelled(await tempFolder({ 'spam.txt': 'win\n', 'ham.txt': 'hi\n' }))).toEqual(expected);
});

test('options that are for tables are told to be left aside for a folder', async () => {
  const dir = await tempFolder({ 'spam.txt': 'win\n', 'ham.txt': 'hi\n' });
  const notes: string[] = [];
  await readLabelled(dir, { text: 'text', delimiter: ';', onNote: (note) => notes.push(note) });
  expect(notes).toEqual([`${dir}: left aside for a folder, being for tables: text, delimiter`]);
});

test('a misspelt option is refused (O27)', async () => {
  await expect(readLabelled('none', { txt: 'a' } as object)).rejects.toThrow(
    /^readLabelled: "txt" is not an option of it/,
  );
});

test('a file is read as a table', async () => {
  const path = await tempFile('a.txt', 'ham;hi\nspam;win\n');
  expect(await readLabelled(path, { text: 2, label: 1, header: false, delimiter: ';' })).toEqual(expected);
});

test.each([
  ['text', { label: 1 }],
  ['label', { text: 2 }],
])('a table without the option %s is refused', async (option, options) => {
  const path = await tempFile('a.csv', 'ham,hi\n');
  await expect(readLabelled(path, options)).rejects.toThrow(
    new OptionError(
      `readLabelled: the ${option} column was expected for the table ${path}, but none came; give the option ${option}, a column name or number`,
    ),
  );
});

test('a missing path is refused', async () => {
  const path = join(await tempFolder(), 'none');
  await expect(readLabelled(path)).rejects.toThrow(
    new DataError(`${path}: a file or a folder was expected, but nothing is there; check the path`),
  );
});

test('a stream has the same, one by one, each time anew; what is broken ends it with its line', async () => {
  const path = await tempFile('a.csv', 'text,label\nhi,ham\nwin,spam\n');
  const told = { text: 'text', label: 'label' };
  const stream = streamLabelled(path, told);
  for (let time = 0; time < 2; time++) {
    const found: string[] = [];
    for await (const { text, label } of stream) found.push(`${label} ${text}`);
    expect(found).toEqual(['ham hi', 'spam win']);
  }
  const broken = streamLabelled(await tempFile('b.csv', 'text,label\nhi,ham\nwin\n'), told);
  const found: string[] = [];
  const going = (async () => {
    for await (const { text } of broken) found.push(text);
  })();
  await expect(going).rejects.toThrow(/line 3: as many columns/);
  expect(() => streamLabelled(3 as never)).toThrow(OptionError);
  expect(() => streamLabelled(path, { txt: 1 } as never)).toThrow(/streamLabelled: "txt" is not an option of it/);
});
