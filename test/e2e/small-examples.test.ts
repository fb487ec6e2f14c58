import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { key } from 'keepgate';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { KEYS } from '../../examples/chorales/pieces.ts';
import { byCounts, drawVisits, ITEMS } from '../../examples/recommender/visits.ts';
import { writeMadeUpDigits } from '../helpers/made-up-digits.ts';
import { runScript } from '../helpers/run-script.ts';

vi.setConfig({ testTimeout: 240_000 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-examples-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What an example that ended well has printed. */
async function printedBy(example: string, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runScript(`examples/${example}/main.ts`, args);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

interface Line {
  readonly scheme: string;
  readonly seed: number;
  readonly [score: string]: unknown;
}

/** The same of one that was asked for JSON: an object a training. */
async function trainingsOf(example: string, ...args: readonly string[]): Promise<Line[]> {
  const lines = (await printedBy(example, ...args, '--json')).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** That an example says what is wrong with its path in one line. */
async function expectMissing(example: string, path: string, ...said: readonly string[]): Promise<void> {
  const { status, stderr } = await runScript(`examples/${example}/main.ts`, [path]);
  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  for (const part of [example.replaceAll('-', ' '), ...said]) expect(stderr).toContain(part);
}

test('mnist-dense trains each network, and one whose forward pass is written out as well as that of layers', async () => {
  await writeMadeUpDigits(folder, 'train', 200);
  await writeMadeUpDigits(folder, 't10k', 50);
  const trainings = await trainingsOf('mnist-dense', folder, '--epochs', '15');
  expect(trainings.map(({ scheme }) => scheme)).toEqual([
    'none',
    'dropout',
    'batchNorm',
    'L2',
    'one hidden layer',
    'explicit forward',
  ]);
  for (const { test: share } of trainings) expect(share).toBeGreaterThan(0.9);
  const table = await printedBy('mnist-dense', folder, '--epochs', '1', '--only', 'none', '--seeds', '2');
  expect(table).toMatch(/^none +\d+\.\d% ± \d+\.\d +\d+\.\d% ± \d+\.\d +\d+\.\d$/m);
  await expectMissing('mnist-dense', join(folder, 'nowhere'), 'ENOENT');
});

test('images trains with no dropout, with single values dropped, and with whole channels', async () => {
  await writeMadeUpDigits(folder, 'train', 120);
  await writeMadeUpDigits(folder, 't10k', 40);
  const args = [folder, '--epochs', '12', '--training', '100', '--test', '30'];
  const trainings = await trainingsOf('images', ...args);
  expect(trainings.map(({ scheme }) => scheme)).toEqual(['none', 'values', 'spatial']);
  for (const { test: share } of trainings) expect(share).toBeGreaterThan(0.8);
});

test('small-data: dropout narrows the gap between training and test', async () => {
  const trainings = await trainingsOf('small-data', '--seeds', '2', '--epochs', '40');
  const gaps = (scheme: string) =>
    trainings.filter((one) => one.scheme === scheme).map(({ train, test: share }) => Number(train) - Number(share));
  const [without, dropped] = [gaps('none'), gaps('dropout 0.5')];
  expect(without).toHaveLength(2);
  for (const [i, gap] of without.entries()) expect(gap).toBeGreaterThan(dropped[i] as number);
});

test('run-time-rate: passes lie further apart the fewer units are kept, and not at all where all are', async () => {
  const printed = await printedBy('run-time-rate', '--keep', '0.8', '--epochs', '30', '--seeds', '1');
  const [, error, ...apart] = /^ +1 +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$/m.exec(printed) ?? [];
  expect(Number(error)).toBeLessThan(0.12);
  const [all, most, half] = apart.map(Number) as [number, number, number];
  expect(all).toBe(0);
  expect(most).toBeGreaterThan(0);
  expect(half).toBeGreaterThan(most);
  expect(printed).toContain('a probability of 0.8 to keep');
  const wrong = await runScript('examples/run-time-rate/main.ts', ['--keep', '1.5']);
  expect([wrong.status, wrong.stderr.trim().split('\n').length]).toEqual([1, 1]);
});

test('one-layer learns to add, and own-cell verifies a cell and trains it', async () => {
  const learned = await printedBy('one-layer', '--updates', '150');
  const errors = [...learned.matchAll(/of ([\d.]+) before, and ([\d.]+) after$/gm)];
  expect(errors).toHaveLength(2);
  for (const [, before, after] of errors) expect(Number(after)).toBeLessThan(0.3 * Number(before));
  const own = await printedBy('own-cell', '--updates', '100');
  expect(own).toMatch(/^leaky [\d.]+: (\d+) of \1 laws hold$/m);
  const [, before, after] = /of ([\d.]+) before the training, and ([\d.]+) after it$/m.exec(own) ?? [];
  expect(Number(after)).toBeLessThan(0.3 * Number(before));
});

test('recommender ranks items, and counts of pairs beside it', async () => {
  const args = ['--visits', '150', '--epochs', '2'];
  const trainings = await trainingsOf('recommender', ...args);
  expect(trainings.map(({ scheme }) => scheme)).toEqual(['none', 'naive', 'variational', 'variational and items']);
  for (const { recall, mrr } of trainings) {
    // By chance it is 20 of 300.
    expect(recall).toBeGreaterThan(0.15);
    expect(mrr).toBeGreaterThan(0);
    expect(mrr).toBeLessThan(recall as number);
  }
  const visits = drawVisits(50, key(1));
  expect(visits.every((items) => items.length >= 4 && items.length <= 12)).toBe(true);
  expect(visits.flat().every((item) => Number.isInteger(item) && item >= 0 && item < ITEMS)).toBe(true);
  // 7 always follows 3, and is the first; nothing follows 9, so that of what is seen the rank counts.
  expect(byCounts([[3, 7, 9]], [[3, 7]], 1)).toEqual({ recall: 1, mrr: 1 });
  expect(
    byCounts(
      [
        [3, 7],
        [5, 2],
        [2, 5],
      ],
      [[3, 5]],
      20,
    ),
  ).toEqual({ recall: 1, mrr: 0.5 });
});

test('reviews: RMSE by epochs, of cut pieces, in the units of the rating', async () => {
  for (const [i, author] of ['Dennis+Schwartz', 'James+Berardinelli', 'Scott+Renshaw', 'Steve+Rhodes'].entries()) {
    await mkdir(join(folder, author));
    const texts = Array.from(
      { length: 12 },
      (_, k) => `${k % 2 ? 'a warm film ' : 'a dull film '.repeat(60)}number ${k}`,
    );
    await writeFile(join(folder, author, `subj.${author}.gz`), gzipSync(`${texts.join('\n')}\n`));
    const ratings = texts.map((_, k) => (k % 2 ? 0.8 : 0.2) + i / 100);
    await writeFile(join(folder, author, `rating.${author}`), `${ratings.join('\n')}\n`);
  }
  const args = [folder, '--epochs', '3', '--every', '2', '--units', '8', '--passes', '3'];
  const printed = await printedBy('reviews', ...args);
  const number = ' +0\\.\\d{4}';
  expect(printed).toMatch(/^RMSE +none +naive +variational$/m);
  for (const row of ['epoch 1', 'epoch 2', 'epoch 3', 'MC dropout', 'on training pieces'])
    expect(printed).toMatch(new RegExp(`^${row}${number}${number}${number}$`, 'm'));
  await expectMissing('reviews', join(folder, 'nowhere'), 'ENOENT', 'a folder for each author');
});

test('names: each name once, and the language of those held out', async () => {
  for (const [language, ending] of [
    ['Polish', 'ński'],
    ['Greek', 'opoulos'],
    ['Irish', 'ahan'],
  ]) {
    const names = Array.from(
      { length: 60 },
      (_, i) => `${'BDGKLMNPRT'[i % 10]}${'aeiou'[i % 5]}${'lrn'[i % 3]}${ending}`,
    );
    await writeFile(join(folder, `${language}.txt`), `${names.join('\n')}\n`);
  }
  const printed = await printedBy('names', folder, '--only', 'none,zoneout', '--epochs', '12', '--units', '16');
  // 30 combinations of a language are different.
  expect(printed).toContain('\n90 names, each once.');
  const shares = [...printed.matchAll(/^(?:none|zoneout) +(\d+\.\d)%/gm)].map(([, share]) => Number(share));
  expect(shares).toHaveLength(2);
  for (const share of shares) expect(share).toBeGreaterThan(60);
});

test('chorales: nats a frame, of all keys together', async () => {
  const piece = (shift: number) => Array.from({ length: 12 }, (_, t) => [60 + ((t + shift) % 4), 64]);
  const pieces = Array.from({ length: 32 }, (_, i) => piece(i));
  const path = join(folder, 'pieces.json');
  await writeFile(path, JSON.stringify({ train: pieces, valid: pieces.slice(0, 2), test: pieces.slice(2) }));
  const trainings = await trainingsOf(
    'chorales',
    path,
    '--epochs',
    '25',
    '--units',
    '12',
    '--only',
    'none,variational',
  );
  expect(trainings).toHaveLength(2);
  for (const { test: nats } of trainings) {
    expect(nats).toBeGreaterThan(0);
    // A guess of one half each has 88 log 2.
    expect(nats).toBeLessThan(0.3 * KEYS * Math.log(2));
  }
  await writeFile(path, JSON.stringify({ train: [[[60], [300]]], valid: pieces, test: pieces }));
  await expectMissing('chorales', path, 'pitches from 21 to 108');
});
