import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compareSchemes, key } from 'keepgate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Measured, runOf } from '../../examples/mnist-rows/compare.ts';
import { choose, readDigits } from '../../examples/mnist.ts';
import { asRows } from '../../examples/mnist-rows/rows.ts';
import { table } from '../../examples/mnist-rows/table.ts';
import { idx, writeMadeUpDigits } from '../helpers/made-up-digits.ts';
import { type Finished, ROOT, runScript } from '../helpers/run-script.ts';

const DATA = join(ROOT, '../shared/data/mnist');
const SCHEMES = ['no dropout', 'naive', 'variational', 'semeniuta', 'zoneout', 'weight drop', 'locked dropout'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-mnist-'));
});
afterEach(() => rm(folder, { recursive: true }));

const example = (args: readonly string[]): Promise<Finished> => runScript('examples/mnist-rows/main.ts', args);

const writeDigits = (part: 'train' | 't10k', count: number, labels = count): Promise<void> =>
  writeMadeUpDigits(folder, part, count, labels);

test('digits become rows: the averages of four pixels, from 0 to 1, in the order given', async () => {
  const pixels = new Uint8Array(2 * 784);
  // In digit 1: pixels of rows 4 and 5, columns 26 and 27, are a value; and one in the first corner.
  for (const [i, at] of [4 * 28 + 26, 4 * 28 + 27, 5 * 28 + 26, 5 * 28 + 27].entries()) pixels[784 + at] = 51 * (i + 2);
  pixels[784] = 255;
  await writeFile(join(folder, 'train-images-idx3-ubyte.gz'), idx([0x803, 2, 28, 28], pixels));
  await writeFile(join(folder, 'train-labels-idx1-ubyte.gz'), idx([0x801, 2], Uint8Array.of(4, 9)));
  const digits = await readDigits(folder, 'train');
  const order = [2, ...Array.from({ length: 13 }, (_, i) => (i < 2 ? i : i + 1))];
  const { x, y } = asRows(digits, [1, 0], order);
  expect(y).toEqual([9, 4]);
  const empty = new Array(14).fill(0);
  const expected = order.map(() => [...empty]);
  // (2 + 3 + 4 + 5) / 5 / 4 and 1 / 4.
  (expected[0] as number[])[13] = 0.7;
  (expected[1] as number[])[0] = 0.25;
  expect(x).toEqual([expected, order.map(() => empty)]);
});

test('digits are chosen once each, by the key', () => {
  const digits = { pixels: new Uint8Array(0), labels: new Uint8Array(30) };
  const chosen = choose(digits, 20, key(1));
  expect(new Set(chosen).size).toBe(20);
  expect(chosen.every((digit) => digit >= 0 && digit < 30)).toBe(true);
  expect(choose(digits, 20, key(1))).toEqual(chosen);
  expect(choose(digits, 20, key(2))).not.toEqual(chosen);
  expect(() => choose(digits, 31, key(1))).toThrow(/^MNIST: at least 31 digits were expected, but 30 came/);
});

test('the example trains each scheme with each seed and prints a table; --json gives the same numbers', {
  timeout: 120_000,
}, async () => {
  await writeDigits('train', 60);
  await writeDigits('t10k', 40);
  const args = [folder, '--seeds', '2', '--epochs', '2', '--training', '50', '--test', '30'];
  const { status, stdout, stderr } = await example(args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain('of the 30 test digits that are right, after training on 50.');
  for (const scheme of SCHEMES) {
    for (const seed of [1, 2])
      expect(stdout).toMatch(
        new RegExp(`^${scheme}, seed ${seed}: +\\d+\\.\\d% in epoch [12], \\d+\\.\\d% in epoch 2; \\d+\\.\\d s$`, 'm'),
      );
    const share = ' +\\d+\\.\\d% ± \\d+\\.\\d';
    expect(stdout).toMatch(
      new RegExp(`^${scheme}${share} +[12](?:-2)?${share} +\\d+\\.\\d% +-?\\d+\\.\\d% +\\d+\\.\\d$`, 'm'),
    );
  }
  expect(stdout).toMatch(/^naive - no dropout +last +-?\d+\.\d ± \d+\.\d +-$/m);

  const { stdout: json } = await example([...args, '--only', 'zoneout', '--json']);
  const runs = json
    .trim()
    .split('\n')
    .map((line): Measured & { scheme: string; seed: number } => JSON.parse(line));
  const last = runs.map(
    ({ scheme, seed, test }) => `${scheme}, seed ${seed}: ${(100 * (test[1] as number)).toFixed(1)}%`,
  );
  const printed = [...stdout.matchAll(/^(zoneout, seed \d:) .* (\S+) in epoch 2; .*$/gm)].map((m) => `${m[1]} ${m[2]}`);
  expect(printed).toEqual(last);
});

test('the table has the mean and the standard deviation over seeds, and the first of the best epochs', async () => {
  const compared = (tests: readonly (readonly number[])[]) =>
    compareSchemes(
      { naive: [] },
      async ({ seed }) => runOf({ test: tests[seed - 1] as readonly number[], training: 0.9, seconds: seed }),
      { seeds: tests.length, key: key(0) },
    );
  // Best 0.8, 0.7, 0.6 in epochs 2, 3, 2; last 0.5, 0.7, 0.6.
  const three = await compared([
    [0.7, 0.8, 0.5],
    [0.2, 0.6, 0.7],
    [0.5, 0.6, 0.6],
  ]);
  expect(table(three)).toBe(
    [
      'dropout    best epoch  which    last epoch  train    gap  seconds',
      'naive    70.0% ± 10.0    2-3  60.0% ± 10.0  90.0%  30.0%      2.0',
    ].join('\n'),
  );
  // One seed has no spread.
  expect(table(await compared([[0.5, 0.25]]))).toMatch(/^naive +50\.0% +1 +25\.0% +90\.0% +65\.0% +1\.0$/m);
});

test('files that are not those of MNIST are told apart', async () => {
  const read = (part: 'train' | 't10k') => readDigits(folder, part);
  await expect(read('train')).rejects.toThrow(/train-images-idx3-ubyte\.gz: a gzipped file of MNIST was .*ENOENT/);
  await writeDigits('train', 12, 11);
  await expect(read('train')).rejects.toThrow(/as many labels as images of train .* 12 images and 11 labels came/);

  await writeDigits('t10k', 12);
  const labels = join(folder, 't10k-labels-idx1-ubyte.gz');
  // Images where labels should be; a label cut off; nothing at all.
  for (const bytes of [
    idx([0x803, 1, 28, 28], new Uint8Array(784)),
    idx([0x801, 12], new Uint8Array(11)),
    gzipSync(''),
  ]) {
    await writeFile(labels, bytes);
    await expect(read('t10k')).rejects.toThrow(/t10k-labels-idx1-ubyte\.gz: an idx file with entries of 1 byte /);
  }
  await writeFile(labels, 'labels');
  await expect(read('t10k')).rejects.toThrow(/t10k-labels-idx1-ubyte\.gz: a gzipped file was expected, but other/);
  // Smaller pictures, as many bytes as larger ones would have.
  await writeFile(join(folder, 't10k-images-idx3-ubyte.gz'), idx([0x803, 1, 14, 56], new Uint8Array(784)));
  await expect(read('t10k')).rejects.toThrow(/t10k-images-idx3-ubyte\.gz: an idx file with entries of 784 bytes /);
});

test('a mistake of the user is one line', { timeout: 120_000 }, async () => {
  await writeDigits('train', 12);
  await writeDigits('t10k', 12);
  const few = await example([folder]);
  expect(few.status).toBe(1);
  expect(few.stdout).toBe('');
  expect(few.stderr).toMatch(/^mnist rows: MNIST: at least 2000 digits were expected, but 12 came; .*\n$/);
  for (const args of [
    ['--only', 'naiv'],
    ['--seeds', '0'],
  ]) {
    const wrong = await example([folder, ...args]);
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toBe('');
    expect(wrong.stderr).toMatch(/^error: .*\n$/);
  }
});

// Real data is not part of the repository; without it there is nothing to read.
test.skipIf(!existsSync(DATA))(
  'real digits are read, and a few train (skipped where ../shared has no data)',
  { timeout: 120_000 },
  async () => {
    const { pixels, labels } = await readDigits(DATA, 't10k');
    expect([pixels.length, labels.length]).toEqual([10_000 * 784, 10_000]);
    expect([...labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);

    const { status, stdout } = await example([
      DATA,
      '--seeds',
      '1',
      '--epochs',
      '6',
      '--training',
      '300',
      '--test',
      '200',
      '--only',
      'no dropout',
    ]);
    expect(status).toBe(0);
    const [, share = ''] = /in epoch \d, (\S+)% in epoch 6/.exec(stdout) ?? [];
    // A guess is right in 10%.
    expect(Number(share)).toBeGreaterThan(25);
  },
);
