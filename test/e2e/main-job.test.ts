import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReport, TextClassifier } from 'keepgate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageLines } from '../../examples/file-kinds/lines.ts';
import { ROOT, runScript } from '../helpers/run-script.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-main-'));
});
afterEach(() => rm(folder, { recursive: true }));

const SCHEMES = ['no dropout', 'naive', 'variational', 'zoneout', 'variational + zoneout'];

test('the lines are enough, are the same each time, and none is in both parts or occurs twice', () => {
  const { train, test: held } = packageLines(join(ROOT, 'node_modules'));
  expect(packageLines(join(ROOT, 'node_modules'))).toEqual({ train, test: held });
  const texts = [...train.texts, ...held.texts];
  expect(new Set(texts).size).toBe(texts.length);
  const counts = (labels: readonly string[]): number[] =>
    ['JavaScript', 'declarations', 'JSON', 'Markdown', 'licence'].map(
      (kind) => labels.filter((label) => label === kind).length,
    );
  expect(counts(train.labels)).toEqual([240, 240, 240, 240, 240]);
  expect(counts(held.labels)).toEqual([120, 120, 120, 120, 120]);
});

test('npm start compares the five schemes, shows predictions and saves the best model', {
  timeout: 300_000,
}, async () => {
  const { status, stdout, stderr } = await runScript('examples/file-kinds/main.ts', [
    '--epochs',
    '1',
    '--out',
    join(folder, 'best'),
  ]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  for (const name of SCHEMES)
    expect(stdout).toMatch(
      new RegExp(`^${name.replace('+', '\\+')} +\\d+\\.\\d% +\\d+\\.\\d% +-?\\d+\\.\\d% +\\d+\\.\\d$`, 'm'),
    );
  const standing = /^no dropout +1 +\d+\.\d% +\d\.\d{3} +\d+\.\d% +\d\.\d{3}$/m;
  expect(stdout).toMatch(standing);
  const [, chosen = ''] = /best on the test lines: (.*); saved to /.exec(stdout) ?? [];
  expect(SCHEMES).toContain(chosen);
  // The report is named at the end.
  const page = join(folder, 'best.html');
  expect(stdout.trimEnd().endsWith(page)).toBe(true);
  const { runs, evaluation, masks } = readReport(await readFile(page, 'utf8'));
  expect(runs.map(({ scheme }) => scheme)).toEqual(SCHEMES);
  // Which is best after one epoch depends on the lines of the packages.
  expect([evaluation?.calibration.count, masks.length > 0]).toEqual([600, chosen !== 'no dropout']);
  expect(stdout).toMatch(/^(right|wrong) +(JSON|Markdown|JavaScript|declarations|licence) /m);
  const best = await TextClassifier.load(join(folder, 'best'));
  expect(best.classes).toEqual(['JSON', 'JavaScript', 'Markdown', 'declarations', 'licence']);
});

test('the same code takes a file of your own, and tells what is wrong with it in one line', {
  timeout: 120_000,
}, async () => {
  const path = join(folder, 'own.tsv');
  await writeFile(
    path,
    Array.from({ length: 40 }, (_, i) => (i % 2 ? `even\t${i * 34} two` : `odd\t${i * 34 + 1} one`)).join('\n'),
  );
  const args = [
    '--data',
    path,
    '--label',
    '1',
    '--text',
    '2',
    '--no-header',
    '--epochs',
    '1',
    '--out',
    join(folder, 'best'),
  ];
  const { status, stdout } = await runScript('examples/file-kinds/main.ts', args);
  expect(status).toBe(0);
  expect(stdout).toContain('28 lines to train on, 12 to test on, 2 classes');
  const twice = await runScript('examples/file-kinds/main.ts', [...args, '--seeds', '2']);
  expect(twice.stdout).toMatch(/^zoneout(?: +\d+\.\d% ±\d+\.\d%){2} /m);
  expect(twice.stdout).toMatch(/^zoneout - no dropout +test +-?\d+\.\d ± \d+\.\d +-$/m);
  const none = await runScript('examples/file-kinds/main.ts', [...args, '--seeds', 'x']);
  expect([none.status, none.stderr]).toEqual([
    1,
    'npm start: file kinds: a whole number from 1 was expected as --seeds, but x came\n',
  ]);
  const wrong = await runScript('examples/file-kinds/main.ts', ['--data', path]);
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toMatch(/^npm start: .*\n$/);
});
