import { runInNewContext } from 'node:vm';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { DataError, OptionError } from '../../../../src/errors.ts';
import { collected } from '../../../../src/text/labelled.ts';
import { cannotOpen, type Input } from '../../../../src/text/readers/input.ts';
import { readTable, type TableOptions, tableTexts } from '../../../../src/text/readers/read-table.ts';
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
  const advice =
    'quote the whole field and double the quotes inside, or have them read as part of the text (relaxed quotes)';
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
      new DataError(
        'FILE, line 3: UTF-8 was expected, but other bytes came, windows-1252 by the looks of them; give the encoding (windows-1252), or save the file as UTF-8',
      ),
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
    'one column "x" was expected, but several have that name; give the number of the column, such as #2',
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

describe('how a table is written is found', () => {
  test.each([
    ['semicolons in a .csv file (S1)', 'a.csv', 'label;text\nham;a, b\n'],
    ['semicolons with commas inside quotes', 'a.csv', '"label";"text";"c, d"\nham;a, b;c\n'],
    ['semicolons in another file', 'a.txt', 'label;text\nham;a, b\n'],
    ['a first line that says so (S1)', 'a.csv', 'sep=;\r\nlabel;text\r\nham;a, b\r\n'],
    ['the same in quotes', 'a.csv', '"sep=;"\nlabel;text\nham;a, b\n'],
    ['the same with a tab', 'a.csv', 'sep=\t\rlabel\ttext\rham\ta, b\r'],
  ])('%s', async (_, name, content) => {
    expect(await read(name, content, byName)).toEqual({ texts: ['a, b'], labels: ['ham'] });
  });

  test('a delimiter that is given comes before the first line, which is counted', async () => {
    expect(await read('a.csv', 'sep=;\nlabel\ttext\nham\ta;b\n', { ...byName, delimiter: '\t' })).toEqual({
      texts: ['a;b'],
      labels: ['ham'],
    });
    await expect(read('a.csv', 'sep=;\nlabel;text\nham\n', byName)).rejects.toThrow(
      'FILE, line 3: as many columns as in line 2 (2) were expected',
    );
  });

  test('a delimiter that no table has is refused', async () => {
    await expect(read('a.csv', 'sep=|\nlabel|text\n', byName)).rejects.toThrow(
      new DataError(
        'FILE, line 1: a comma, a semicolon or a tab was expected after "sep=", but "|" came; write the table with one of them',
      ),
    );
  });
});

test.each([
  ['lone carriage returns (18)', 'label,text\rham,a\rspam,"b\rc"\r'],
  ['all three, mixed', 'label,text\r\nham,a\rspam,"b\rc"\n'],
])('lines end in %s', async (_, content) => {
  expect((await read('a.csv', content, byName)).texts).toEqual(['a', 'b\rc']);
  await expect(read('a.csv', `${content}ham\r`, byName)).rejects.toThrow('FILE, line 5: as many columns');
});

test('characters that only some hosts take for line ends are part of a text (7)', async () => {
  const text = 'a\u2028b\u0085c\vd\fe';
  expect((await read('a.csv', `label,text\nham,${text}\n`, byName)).texts).toEqual([text]);
  expect((await read('a.tsv', `ham\t${text}\n`, byNumber)).texts).toEqual([text]);
});

describe('columns', () => {
  const content = '03,label,01,\nthree,ham,one,x\n';
  test.each([
    ['a name that is a number (5)', '03', 'three'],
    ['a position, as a number', 3, 'one'],
    ['a position, marked as one', '#3', 'one'],
    ['a position where no name is in the way', '3', 'one'],
    ['a column without a name', '', 'x'],
  ])('%s', async (_, column, text) => {
    expect((await read('a.csv', content, { text: column, label: 'label' })).texts).toEqual([text]);
  });

  test('names from 0, as pandas writes them (5)', async () => {
    expect(await read('a.csv', ',0,1\n7,hi,ham\n', { text: '0', label: '1' })).toEqual({
      texts: ['hi'],
      labels: ['ham'],
    });
  });

  test('a position in digits without a header', async () => {
    expect(await read('a.csv', 'ham,hi\n', { text: '#2', label: '1', header: false })).toEqual({
      texts: ['hi'],
      labels: ['ham'],
    });
  });

  test.each([
    ['quotes around a name (S5)', "'text'", 'label,text\nx,y\n', 'leave the quotes out: text'],
    ['quotes in the header', 'text', "label,'text'\nx,y\n", 'did you mean "\'text\'"?'],
    ['another case', 'Text', 'label, text\nx,y\n', 'did you mean " text"?'],
  ])('%s', async (_, column, table, advice) => {
    await expect(read('a.csv', table, { text: column })).rejects.toThrow(advice);
  });

  test('cells in columns without a name are told (17)', async () => {
    const notes: string[] = [];
    const table = 'v1,v2,,\nham,hi,,\nspam,win, so much,\nham,yo,,\nspam,free,,now\n';
    const path = await tempFile('a.csv', table);
    const data = await readTable(path, { text: 'v2', label: 'v1', onNote: (note) => notes.push(note) });
    expect(data.texts).toEqual(['hi', 'win', 'yo', 'free']);
    expect(notes).toEqual([
      `${path}: 2 rows, the first in line 3, have cells in columns without a name, which are left aside`,
    ]);
  });
});

describe('encodings', () => {
  const latin1 = Uint8Array.from('label,text\nham,\xa35\nspam,\x93win\x94\n', (char) => char.charCodeAt(0));

  test('one that is given is read (17)', async () => {
    expect((await read('a.csv', latin1, { ...byName, encoding: 'windows-1252' })).texts).toEqual(['£5', '“win”']);
    const wide = new Uint8Array(Uint16Array.from('\ufefflabel,text\nham,é\n', (char) => char.charCodeAt(0)).buffer);
    expect((await read('a.csv', wide, { ...byName, encoding: 'utf-16le' })).texts).toEqual(['é']);
  });

  test('UTF-16 is named, with a byte order mark and without (O8)', async () => {
    for (const mark of ['', '\ufeff']) {
      const wide = Uint16Array.from(`${mark}label,text\nham,hi\n`, (char) => char.charCodeAt(0));
      await expect(read('a.csv', new Uint8Array(wide.buffer), byName)).rejects.toThrow(
        'FILE, line 1: UTF-8 was expected, but other bytes came, utf-16le by the looks of them',
      );
    }
  });
});

test('relaxed quotes are part of the text (19)', async () => {
  const table = 'label,text\nham,say "hi", \n';
  const options = { ...byName, header: false, text: 2, label: 1, relaxedQuotes: true };
  expect((await read('a.csv', 'ham,say "hi" 2"\nspam,"win" now\nham,"a ""b"", c"\n', options)).texts).toEqual([
    'say "hi" 2"',
    '"win" now',
    'a "b", c',
  ]);
  await expect(read('a.csv', table, byName)).rejects.toThrow('a quote stands inside a field without quotes');
  await expect(read('a.csv', 'ham,x\nham,"y\nham,z\n', options)).rejects.toThrow(
    'FILE, line 2: fields quoted as in RFC 4180 were expected, but a quote is never closed; quote the whole field and double the quotes inside',
  );
});

describe('JSON Lines (S12)', () => {
  test('are told by their first line, whatever the name', async () => {
    const content = '\n{"label": "ham", "text": "hi, \\"you\\"\\n"}\r\n \n{"text": "win", "label": 1, "more": [1]}\n';
    for (const name of ['a.jsonl', 'a.csv', 'a']) {
      expect(await read(name, content, byName)).toEqual({ texts: ['hi, "you"\n', 'win'], labels: ['ham', '1'] });
    }
    expect(await read('a', '{"0": "hi"}', { text: '0' })).toEqual({ texts: ['hi'], labels: [] });
  });

  test.each([
    ['a line that is no object', '[1]', 'line 2: JSON Lines, one object a line, were expected, but "[1]" came'],
    ['an object that is cut off', '{"text": "a', 'line 2: JSON Lines, one object a line, were expected'],
    ['no such entry', '{"text": "a"}', 'line 2: a column "label" was expected, but the columns are "text"'],
    ['an empty text', '{"text": " ", "label": "x"}', 'line 2: a text was expected as "text", but an empty one came'],
    ['a list', '{"text": "a", "label": ["x"]}', 'line 2: a label was expected as "label", but ["x"] came'],
    ['nothing', '{"text": "a", "label": null}', 'line 2: a label was expected as "label", but null came'],
  ])('%s is refused', async (_, line, problem) => {
    const content = `{"text": "hi", "label": "ham"}\n${line}\n`;
    await expect(read('a.jsonl', content, byName)).rejects.toThrow(`FILE, ${problem}`);
  });

  test.each([
    ['a list of objects', 'a.json', '[{"text": "hi", "label": "ham"}]'],
    ['JSON over several lines', 'a.txt', '{\n"text": "hi"}'],
    ['JSON with another name', 'a.csv', '[\n  {"text": "hi"}\n]'],
  ])('%s is refused as JSON', async (_, name, content) => {
    await expect(read(name, content, byName)).rejects.toThrow(
      'FILE: a table or JSON Lines, one object a line, was expected, but JSON of another form came; write each example as one line',
    );
  });
});

test.prop([
  fc.array(fc.constantFrom('a', '"', ',', ';', '\n', '\r', '\r\n', 'é', '🙂', ' ', '\0'), { maxLength: 40 }),
  fc.integer({ min: 1, max: 5 }),
  fc.boolean(),
])('pieces of any size give what the whole gives', async (parts, size, relaxedQuotes) => {
  const bytes = new TextEncoder().encode(`x,"y"\n${parts.join('')}`);
  const inPieces = (length: number): Input => ({
    name: 'FILE',
    bytes: (async function* () {
      for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
    })(),
  });
  const outcome = (length: number) =>
    collected(tableTexts(inPieces(length), { text: 2, header: false, relaxedQuotes })).catch(({ message }) => message);
  expect(await outcome(size)).toEqual(await outcome(1000));
});

test.each([
  ['the whole table', 'text,label\na,b\n'],
  ['a header without the column', 'x,y\na,b\n'],
  ['JSON of another form', '[\n{"text": "a"}]\n'],
  ['a broken row of JSON Lines', '{"text": "a", "label": "b"}\n{"text"\n'],
  ['an empty text in the first piece', 'text,label\n,b\na,b\n'],
  ['a row of another length', 'text,label\na,b,c\n'],
  ['an empty text further on', `text,label\n${'a,b\n'.repeat(40)},b\n${'a,b\n'.repeat(40)}`],
  ['bytes of another encoding', 'text,label\n\u00e9,b\n'],
  ['nothing', ''],
])('the file is closed, whatever ended the reading: %s', async (_, content) => {
  const bytes = Uint8Array.from(content, (character) => character.charCodeAt(0));
  for (const length of [7, 1000]) {
    let open = 0;
    const input: Input = {
      name: 'FILE',
      bytes: (async function* () {
        open += 1;
        try {
          for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
        } finally {
          open -= 1;
        }
      })(),
    };
    await collected(tableTexts(input, { text: 'text', label: 'label' })).catch(() => {});
    expect(open).toBe(0);
  }
});

test.each([
  [
    'a misspelt option (O27)',
    { text: 'text', lable: 'x' },
    /^readTable: "lable" is not an option of it; its options are text, label, /,
  ],
  ['an encoding that nobody knows', { text: 'text', encoding: 'latin-99' }, /label of TextDecoder .* "latin-99" came$/],
  ['quotes that are not relaxed by yes or no', { text: 'text', relaxedQuotes: 'yes' }, /true or false .* "yes" came/],
  ['no options at all (O28)', undefined, /an object of options was expected, but undefined came/],
])('%s is refused', async (_, options, problem) => {
  const wrong = options as unknown as TableOptions;
  const error = await readTable('none.csv', wrong).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OptionError);
  expect((error as OptionError).message).toMatch(problem);
});

test('errors of another realm say why as well (1)', () => {
  const foreign = runInNewContext("Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })");
  expect(cannotOpen('a.csv', 'a file', foreign)).toEqual(
    new DataError('a.csv: a file was expected, but nothing is there; check the path'),
  );
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
