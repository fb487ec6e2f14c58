import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finished, runScript } from '../../../helpers/run-script.ts';

const keepgate = (args: readonly string[], input?: string): Promise<Finished> =>
  runScript('src/cli/main.ts', args, input);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-data-'));
});
afterAll(() => rm(folder, { recursive: true }));

const COLUMNS = ['--text', 'text', '--label', 'label'];
const SMALL = ['--units', '3', '--embedding', '2', '--epochs', '1', '--engine', 'reference'];
const ROWS = Array.from({ length: 20 }, (_, i) => (i % 2 ? `cat,meow purr ${i}` : `dog,woof bark ${i}`));
const TABLE = ['label,text', ...ROWS, ''].join('\n');

const records = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('train', () => {
  test('- is standard input, and trains to the same numbers as the file', async () => {
    const path = join(folder, 'a.csv');
    await writeFile(path, TABLE);
    const args = [...COLUMNS, ...SMALL, '--json'];
    const fromFile = await keepgate(['train', path, ...args]);
    // A byte order mark and carriage returns are no part of it.
    const fromInput = await keepgate(['train', '-', ...args], `\ufeff${TABLE.replaceAll('\n', '\r')}`);
    const numbers = ({ stdout }: Finished) => records(stdout).map(({ seconds, ...rest }) => rest);
    expect(fromInput.stderr).toBe('');
    expect(numbers(fromInput)).toEqual(numbers(fromFile));
    const asJson = ROWS.map((row) => JSON.stringify({ label: row.slice(0, 3), text: row.slice(4) })).join('\n');
    expect(numbers(await keepgate(['train', '-', ...args], asJson))).toEqual(numbers(fromFile));
  });

  test('the classes, the cut texts and the unknown tokens are told before training', async () => {
    const { stdout, status } = await keepgate(['train', '-', ...COLUMNS, ...SMALL, '--max-length', '2'], TABLE);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^14 texts to train on, 6 held out; 0 repeated ones left out; .*\nclass {2}texts {2}share {2}to train on {2}held out\ncat {7}10 {2}50\.0% {12}7 {9}3\ndog {7}10 {2}50\.0% {12}7 {9}3\n6 tokens in the vocabulary, padding and unknown among them; unknown are 0\.0% of those to train on, 0\.0% of those held out\n20 texts cut off after 2 tokens\n/,
    );
    expect(stdout).toContain('scoring the 14 texts to train on without dropout');
  });

  test('what is odd in the data is told: labels, texts with two of them, a vocabulary with nothing in it (20, O31)', async () => {
    const table = [TABLE.trimEnd(), 'cat ,hiss', 'cat ,mew', 'Dog,yap', 'Dog,howl', 'dog,meow purr 1'].join('\n');
    const { stderr, stdout, status } = await keepgate(
      ['train', '-', ...COLUMNS, ...SMALL, '--min-count', '1000', '--json'],
      table,
    );
    const warnings = [
      'labels that differ in case or spaces alone are classes of their own: "Dog" (2), "dog" (10)',
      'labels that differ in case or spaces alone are classes of their own: "cat" (10), "cat " (2)',
      'texts that occur with two labels are read with the first alone: 1 left out, such as one of "dog" that was "cat" before',
      'the vocabulary is empty, since no token occurs 1000 times: all texts look alike; lower --min-count',
    ];
    expect(stderr.trimEnd().split('\n')).toEqual(warnings.map((warning) => `warning: ${warning}`));
    expect(status).toBe(0);
    const [data] = records(stdout);
    expect(data).toMatchObject({
      event: 'data',
      classes: 4,
      warnings,
      vocabulary: 2,
      contradicting: 1,
      cutOff: 0,
      unknown: { training: 1, test: 1 },
    });
    expect(data.classTable[0]).toEqual({ name: 'Dog', texts: 2, share: 2 / 24, training: 1, test: 1 });
  });

  test('what is left aside of a folder is told', async () => {
    const dir = join(folder, 'tree');
    for (const [name, word] of [
      ['neg', 'dull'],
      ['pos', 'warm'],
    ] as const) {
      await mkdir(join(dir, name), { recursive: true });
      for (let i = 0; i < 6; i++) await writeFile(join(dir, name, `${i}.txt`), `${word} film ${i}\n`);
    }
    await writeFile(join(dir, 'urls_pos.txt'), 'http://films\n');
    const { stderr, stdout } = await keepgate(['train', dir, ...SMALL]);
    expect(stderr).toBe(`warning: ${dir}: left aside: urls_pos.txt\n`);
    expect(stdout).toContain('8 texts to train on, 4 held out');
  });

  test('an encoding and quotes that are relaxed', async () => {
    const path = join(folder, 'latin.csv');
    await writeFile(path, Buffer.from(TABLE.replaceAll('purr', 'p\u00fcrr "now"'), 'latin1'));
    const refused = await keepgate(['train', path, ...COLUMNS, ...SMALL]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /line 3: UTF-8 was expected, but other bytes came, windows-1252 by the looks of them/,
    );
    const args = ['train', path, ...COLUMNS, ...SMALL, '--encoding', 'windows-1252'];
    expect((await keepgate(args)).stderr).toMatch(/line 3: .* a quote stands inside a field without quotes/);
    expect(await keepgate([...args, '--relaxed-quotes'])).toMatchObject({ status: 0, stderr: '' });
  });

  test.each([
    [
      'an option that comes twice (S12)',
      ['--label', 'x'],
      /^keepgate: option '--label <column>' was expected once, but it came twice; leave one out; see keepgate --help\n$/,
    ],
    [
      'another option that comes twice',
      ['--seed', '1', '--seed=2'],
      /^keepgate: option '--seed <n>' was expected once/,
    ],
    [
      'an encoding that nobody knows',
      ['--encoding', 'latin-99'],
      /^keepgate: .*label of TextDecoder .* "latin-99" came\n$/,
    ],
    ['what would clear a terminal', ['--cell', '\u001b[2J'], /^keepgate: [^\p{Cc}]*\\u001b\[2J[^\p{Cc}]*\n$/u],
  ])('%s is refused', async (_, more, message) => {
    const { status, stderr } = await keepgate(['train', '-', ...COLUMNS, ...SMALL, ...more], TABLE);
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});

describe('predict and evaluate', () => {
  let model: string;
  const odd = '"do\tg\n\u001b[31m"';
  beforeAll(async () => {
    model = join(folder, 'model');
    const table = TABLE.replaceAll('dog', odd);
    const { stderr, status } = await keepgate(['train', '-', ...COLUMNS, ...SMALL, '--out', model], table);
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  }, 60_000);

  test('a line is the same on every host, without a byte order mark (7)', async () => {
    const { stdout } = await keepgate(['predict', model, '--json'], '\ufeffone\rtwo\r\nthree\u2028four\n\nfive');
    expect(records(stdout).map(({ text }) => text)).toEqual(['one', 'two', 'three\u2028four', '', 'five']);
  });

  test('columns stay columns, and a terminal gets no control characters (O4, 7)', async () => {
    const { stdout } = await keepgate(['predict', model, 'a\tb\n\u001b[2Jc\\']);
    expect(stdout).toMatch(/^(cat|do\\tg\\n\\u001b\[31m)\t0\.\d{4}\ta\\tb\\n\\u001b\[2Jc\\\\\n$/);
    const json = await keepgate(['predict', model, '--json', 'a\u009b\u2028']);
    expect(json.stdout).toMatch(/^[^\u007f-\u009f\u2028]*\n$/);
    expect(JSON.parse(json.stdout).text).toBe('a\u009b\u2028');
    const table = TABLE.replaceAll('dog', odd);
    const evaluated = await keepgate(['evaluate', model, '-', ...COLUMNS], table);
    expect(evaluated.stdout).toMatch(/\ncat +10 .*\ndo\\tg\\n\\u001b\[31m +10 /);
  });

  test('standard input in another encoding', async () => {
    const wide = Buffer.from('\ufeffmeow\r\npürr', 'utf16le');
    const { stdout } = await keepgate(
      ['predict', model, '-', '--json', '--encoding', 'utf-16le'],
      wide as unknown as string,
    );
    expect(records(stdout).map(({ text }) => text)).toEqual(['meow', 'pürr']);
    const { status, stderr } = await keepgate(['predict', model], wide as unknown as string);
    expect(stderr).toMatch(/^keepgate: standard input, line 1: UTF-8 was expected, but other bytes came, utf-16le /);
    expect(status).toBe(1);
  });
});
