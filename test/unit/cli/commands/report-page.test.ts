import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReport } from 'keepgate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shellWords } from '../../../../src/cli/shell-words.ts';
import { type Finished, runScript } from '../../../helpers/run-script.ts';

const keepgate = (...args: readonly string[]): Promise<Finished> => runScript('src/cli/main.ts', args);

let folder: string;
let data: string;
let page: string;
let trained: Finished;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-report-'));
  data = join(folder, 'animals.csv');
  page = join(folder, 'report.html');
  const rows = Array.from({ length: 40 }, (_, i) => (i % 2 ? `cat,meow purr ${i}` : `dog,woof bark ${i}`));
  await writeFile(data, ['label,text', ...rows].join('\n'));
  const sizes = ['--units', '4', '--embedding', '3', '--epochs', '2', '--batch-size', '8'];
  const scheme = ['--dropout', 'variational(input=0.25,recurrent=0.5)'];
  trained = await keepgate(
    'train',
    data,
    '--text',
    'text',
    '--label',
    'label',
    ...sizes,
    ...scheme,
    '--report',
    page,
    '--json',
  );
});
afterAll(() => rm(folder, { recursive: true }));

test('train --report writes a page that has the numbers of --json', async () => {
  expect([trained.status, trained.stderr]).toEqual([0, '']);
  const records = trained.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const [found, ...more] = records;
  const result = more.at(-1);
  expect(result.report).toBe(page);
  const { runs, evaluation, data: shown, model, masks, origin } = readReport(await readFile(page, 'utf8'));
  expect(runs[0]?.epochs.map(({ epoch, training, validation }) => ({ epoch, training, validation }))).toEqual(
    records
      .filter(({ event }) => event === 'epoch')
      .map(({ epoch, training, validation }) => ({ epoch, training, validation })),
  );
  expect(runs[0]?.training).toEqual(result.training);
  expect(runs[0]?.scores).toEqual(result.test);
  expect(evaluation?.calibration.accuracy).toBe(result.test.accuracy);
  expect(evaluation?.classes).toEqual(['cat', 'dog']);
  expect(shown?.parts.map(({ name, samples }) => [name, samples])).toEqual([
    ['training', found.training],
    ['held out', found.test],
  ]);
  expect(shown?.facts['SHA-256']).toMatch(/^[0-9a-f]{64}$/);
  expect(model?.map(({ name }) => name)).toEqual(['embedding', 'lstm', 'dense']);
  expect(masks.map(({ site, fixed }) => [site, fixed])).toEqual([
    ['input', true],
    ['recurrent', true],
  ]);
  expect(origin.command).toMatch(
    /^keepgate train .*animals\.csv --text text .* 'variational\(input=0\.25,recurrent=0\.5\)'/,
  );
});

test('report makes the page again, from it and from its JSON, and prints the JSON', async () => {
  const before = await readFile(page, 'utf8');
  await writeFile(page, `<!-- of an older version -->${before}`);
  const again = await keepgate('report', page);
  expect(again).toEqual({ status: 0, stdout: `the report is ${page}\n`, stderr: '' });
  expect(await readFile(page, 'utf8')).toBe(before);

  const { status, stdout } = await keepgate('report', page, '--json');
  expect([status, JSON.parse(stdout)]).toEqual([0, readReport(before)]);

  const json = join(folder, 'of-it.json');
  await writeFile(json, stdout);
  expect((await keepgate('report', json)).stdout).toBe(`the report is ${join(folder, 'of-it.html')}\n`);
  expect(await readFile(join(folder, 'of-it.html'), 'utf8')).toBe(before);
});

test.each([
  ['nothing there', 'missing.html', 1, /no such path is there/],
  ['a table', 'animals.csv', 1, /a report was expected/],
])('report of %s is one line', async (_, name, status, said) => {
  const done = await keepgate('report', join(folder, name), '--out', join(folder, 'x.html'));
  expect(done.status).toBe(status);
  expect(done.stderr).toMatch(/^keepgate: [^\n]*\n$/);
  expect(done.stderr).toMatch(said);
});

test('where a report cannot be written is told before the work', async () => {
  const train = (file: string): Promise<Finished> =>
    keepgate('train', join(folder, 'missing.csv'), '--text', 'text', '--label', 'label', '--report', file);
  await mkdir(join(folder, 'in the way.html'));
  for (const [file, said] of [
    ['report.svg', 'ends in .html'],
    ['in the way.html', 'there is a folder'],
    ['nowhere/report.html', 'a folder to write to was expected'],
  ] as const) {
    const done = await train(join(folder, file));
    expect(done.stderr).toMatch(/^keepgate: [^\n]*\n$/);
    expect(done.stderr).toContain(said);
    expect(done.status).not.toBe(0);
  }
});

test.each([
  [['a', 'b=c', '--d', './e.csv'], 'a b=c --d ./e.csv'],
  [['two words', "it's", '$HOME', ''], "'two words' 'it'\\''s' '$HOME' ''"],
])('%j in a shell', (words, line) => {
  expect(shellWords(words)).toBe(line);
});
