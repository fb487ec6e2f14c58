import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { DataError, OptionError } from '../../../../src/errors.ts';
import { readTable, type TableOptions } from '../../../../src/text/readers/read-table.ts';
import { tempFile, tempFolder } from './temp-folder.ts';

const byName: TableOptions = { text: 'text', label: 'label' };
const byNumber: TableOptions = { text: 2, label: 1, header: false };

/** Reads a file of this name and content; in messages its path is `FILE`. */
async function read(name: string, content: string | Uint8Array, options: TableOptions) {
  return readFrom(await tempFile(name, content), options);
}

async function readFrom(path: string, options: TableOptions) {
  try {
    return await readTable(path, options);
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(path, 'FILE');
    throw error;
  }
}

test('columns are found by name', async () => {
  const data = await read('a.csv', 'id,label,text\n1,ham,"hi, you"\n2,spam,"say ""win"""\n', byName);
  expect(data).toEqual({ texts: ['hi, you', 'say "win"'], labels: ['ham', 'spam'] });
});

test('columns are found by number, with a header and without one', async () => {
  const content = 'label,text\nham,hi\n';
  expect(await read('a.csv', content, { text: 2, label: 1 })).toEqual({ texts: ['hi'], labels: ['ham'] });
  expect(await read('a.csv', content, byNumber)).toEqual({ texts: ['text', 'hi'], labels: ['label', 'ham'] });
});

test('without a label column the texts are read alone', async () => {
  expect(await read('a.csv', 'text\nhi\nyo', { text: 'text' })).toEqual({ texts: ['hi', 'yo'], labels: [] });
});

test('in a tab file a quote is part of the text', async () => {
  const data = await read('a.tsv', 'ham\t"Win" a\nspam\t"prize, now\n', byNumber);
  expect(data).toEqual({ texts: ['"Win" a', '"prize, now'], labels: ['ham', 'spam'] });
});

test.each([
  ['a .csv file has commas, even with a tab in it', 'a.CSV', 'ham,a\tb\n', 'a\tb'],
  ['a .tsv file has tabs, even with commas in it', 'a.tsv', 'ham\ta,b\n', 'a,b'],
  ['another file has tabs if its first line has one', 'SMSSpam', 'ham\ta,b\n', 'a,b'],
  ['another file has commas otherwise', 'a.txt', 'ham,a\nham,b\tc\n', 'a'],
])('%s', async (_, name, content, text) => {
  expect((await read(name, content, byNumber)).texts[0]).toBe(text);
});

test('a given delimiter comes before the extension', async () => {
  const data = await read('a.csv', 'label;text\nham;"a;b"\n', { ...byName, delimiter: ';' });
  expect(data).toEqual({ texts: ['a;b'], labels: ['ham'] });
});

test('a byte order mark and line ends of both kinds are no part of the cells', async () => {
  const data = await read('a.csv', '\ufefflabel,text\r\nham,hi\nspam,"win"\r\n', byName);
  expect(data).toEqual({ texts: ['hi', 'win'], labels: ['ham', 'spam'] });
});

test('blank lines hold nothing, but are counted', async () => {
  const content = 'label,text\n\nham,hi\n \nspam,win\n\n';
  expect((await read('a.csv', content, byName)).texts).toEqual(['hi', 'win']);
  await expect(read('a.csv', `${content}ham\n`, byName)).rejects.toThrow('FILE, line 7: as many columns');
});

test('line ends inside quotes are kept', async () => {
  expect((await read('a.csv', 'label,text\r\nham,"a\r\nb\nc"', byName)).texts).toEqual(['a\r\nb\nc']);
});

const cells = fc.string({ unit: 'binary' }).filter((cell) => cell.trim() !== '');

test.prop([fc.array(fc.tuple(cells, cells), { minLength: 1 })], { numRuns: 25 })(
  'what is quoted as in RFC 4180 comes back',
  async (rows) => {
    const quoted = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','));
    const data = await read('a.csv', ['label,text', ...quoted].join('\r\n'), byName);
    expect(data).toEqual({ texts: rows.map(([, text]) => text), labels: rows.map(([label]) => label) });
  },
);

describe('a broken file is refused, with the line', () => {
  // The multi-line field before the fault must count as the three lines that it has.
  const start = 'label,text\r\nham,"a\r\nb\r\nc"\r\n';
  const quotes = 'fields quoted as in RFC 4180 were expected';
  const advice = 'quote the whole field and double the quotes inside';
  test.each([
    [
      'too many columns',
      `${start}ham,x,y\r\n`,
      'as many columns as in line 1 (2) were expected, but 3 came; correct the line or give another delimiter',
    ],
    [
      'too few columns',
      `${start}ham\r\n`,
      'as many columns as in line 1 (2) were expected, but 1 came; correct the line or give another delimiter',
    ],
    ['an unclosed quote', `${start}ham,"x\r\nham,y\r\n`, `${quotes}, but a quote is never closed; ${advice}`],
    [
      'text after a closing quote',
      `${start}ham,"x"y\r\n`,
      `${quotes}, but more text follows the closing quote; ${advice}`,
    ],
    [
      'a quote inside a bare field',
      `${start}ham,x"y\r\n`,
      `${quotes}, but a quote stands inside a field without quotes; ${advice}`,
    ],
    [
      'an empty text',
      `${start}ham, \r\n`,
      'a text was expected in column 2, but the cell is empty; fill it or remove the row',
    ],
    [
      'an empty label',
      `${start},x\r\n`,
      'a label was expected in column 1, but the cell is empty; fill it or remove the row',
    ],
  ])('%s', async (_, content, problem) => {
    await expect(read('a.csv', content, byName)).rejects.toThrow(new DataError(`FILE, line 5: ${problem}`));
  });

  test('the row of a fault is named by its first line', async () => {
    await expect(read('a.csv', `${start}"h\nm",x,y\n`, byName)).rejects.toThrow('FILE, line 5: as many columns');
  });

  test('bytes that are not UTF-8', async () => {
    const bytes = Uint8Array.from('label,text\nham,a\nham,\xa35\n', (char) => char.charCodeAt(0));
    await expect(read('a.csv', bytes, byName)).rejects.toThrow(
      new DataError('FILE, line 3: UTF-8 was expected, but other bytes came; save the file as UTF-8'),
    );
  });
});

test.each([
  ['an empty file', '', 'the file is empty'],
  ['a header alone', 'label,text\n', 'there is only a header'],
])('%s is refused', async (_, content, found) => {
  await expect(read('a.csv', content, byName)).rejects.toThrow(
    new DataError(`FILE: a table with examples was expected, but ${found}; give a file with examples`),
  );
});

test.each([
  [
    'a name that is not in the header',
    { text: 'message' },
    'a column "message" was expected, but the columns are "id", "x", "x"; choose one of them, or another delimiter',
  ],
  [
    'a number beyond the header',
    { text: 4 },
    'a column 4 was expected, but the columns are "id", "x", "x"; choose one of them, or another delimiter',
  ],
  [
    'a number beyond the first row',
    { text: 4, header: false },
    'a column 4 was expected, but the columns are 1, 2, 3; choose one of them, or another delimiter',
  ],
  [
    'a name that comes twice',
    { text: 'x' },
    'one column "x" was expected, but several have that name; give the number of the column',
  ],
])('%s is refused', async (_, options, problem) => {
  await expect(read('a.csv', 'id,x,x\n1,2,3\n', options)).rejects.toThrow(new DataError(`FILE: ${problem}`));
});

test.each([
  ['column 0', { text: 0 }, 'a name or a number from 1 was expected as the text column, but 0 came'],
  [
    'a name without a header',
    { text: 1, label: 'x', header: false },
    'without a header, a number from 1 was expected as the label column, but "x" came',
  ],
  [
    'another delimiter',
    { text: 1, delimiter: '|' as ',' },
    'a comma, a semicolon or a tab was expected as the delimiter, but "|" came',
  ],
])('%s is refused', async (_, options, problem) => {
  await expect(read('a.csv', 'x\n1\n', options)).rejects.toThrow(new OptionError(`readTable: ${problem}`));
});

test('a missing file is refused', async () => {
  await expect(readFrom(`${await tempFolder()}/none.csv`, byName)).rejects.toThrow(
    new DataError('FILE: a file was expected, but nothing is there; check the path'),
  );
});

test('a folder is refused', async () => {
  await expect(readFrom(await tempFolder(), byName)).rejects.toThrow(
    new DataError('FILE: a file was expected, but a folder came; name a file'),
  );
});
