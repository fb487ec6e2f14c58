import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Finished, runScript } from '../helpers/run-script.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-texts-'));
});
afterEach(() => rm(folder, { recursive: true }));

const example = (args: readonly string[]): Promise<Finished> => runScript('examples/text-classification/main.ts', args);

const question = (i: number): string =>
  i % 2 ? `NUM:dist How far is town ${i % 7} from ${i} ?` : `HUM:ind Who was the painter of ${i} ?`;
const message = (i: number): string => (i % 4 ? `ham\tsee you at ${i} then` : `spam\twin ${i} pounds now, call`);
const lines = (line: (i: number) => string, count: number, from = 0): string =>
  `${Array.from({ length: count }, (_, i) => line(i + from)).join('\n')}\n`;

test('questions are learned, and tested on the test set', { timeout: 120_000 }, async () => {
  await writeFile(join(folder, 'TREC.train'), lines(question, 160));
  await writeFile(join(folder, 'TREC.test'), lines(question, 20, 500));
  await writeFile(join(folder, 'words.vec'), '2 4\nhow 1 0.5 0 1\nwho -1 0 0.5 1\n');
  const small = ['--units', '8', '--epochs', '6', '--seeds', '2', '--only', 'naive,no dropout'];
  const more = ['--augment', 'bigram', '--vectors', join(folder, 'words.vec'), '--l2', '0.00001'];
  const { status, stdout, stderr } = await example([folder, ...small, ...more]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain('TREC: 160 texts, each once; simd');
  expect(stdout).toMatch(/^no dropout +100\.0% ± 0\.0 +100\.0% ± 0\.0 +\d+\.\d% /m);
  expect(stdout).toMatch(/^naive - no dropout +test +-?\d+\.\d ± \d+\.\d /m);
});

test('spam by characters and a GRU, an object a training', { timeout: 120_000 }, async () => {
  await writeFile(join(folder, 'SMSSpamCollection'), lines(message, 120));
  const args = [
    folder,
    '--level',
    'char',
    '--cell',
    'gru',
    '--units',
    '8',
    '--epochs',
    '2',
    '--augment',
    'swap',
    '--json',
  ];
  const { stdout, stderr } = await example([...args, '--only', 'variational']);
  expect(stderr).toBe('');
  const [run] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(run).toMatchObject({ data: 'SMS spam', scheme: 'variational', seed: 1 });
  expect(run.test).toBeGreaterThan(0.5);
});

test('a folder with nothing of it is one line that says what was expected', async () => {
  const { status, stderr } = await example([folder]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^text classification: .*TREC.train and TREC.test.* none is there; check the path\n$/);
});
