import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSchemes, key } from 'keepgate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Run, scoresOf } from '../../examples/sentence-polarity/compare.ts';
import { readSentences } from '../../examples/sentence-polarity/sentences.ts';
import { table } from '../../examples/sentence-polarity/table.ts';
import { type Finished, ROOT, runScript } from '../helpers/run-script.ts';

const DATA = join(ROOT, '../shared/data/rt-polarity');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-polarity-'));
});
afterEach(() => rm(folder, { recursive: true }));

const example = (args: readonly string[]): Promise<Finished> => runScript('examples/sentence-polarity/main.ts', args);

async function writeSentences(negative: string, positive: string | Buffer): Promise<void> {
  await writeFile(join(folder, 'rt-polarity.neg'), negative);
  await writeFile(join(folder, 'rt-polarity.pos'), positive);
}

/** Sentences whose adjective tells what they are. */
function madeUp(adjectives: readonly string[], count: number): string {
  const things = ['film', 'story', 'cast', 'music', 'ending', 'script', 'scene'];
  const at = (words: readonly string[], i: number): string => words[i % words.length] as string;
  return Array.from({ length: count }, (_, i) => `the ${at(things, i)} no . ${i} is ${at(adjectives, i)} . \n`).join(
    '',
  );
}

const withoutSeconds = (text: string): string => text.replaceAll(/; \d+ s$| +\d+$/gm, '');

test('the example trains each scheme with each seed and prints a table, the same one each time', {
  timeout: 120_000,
}, async () => {
  await writeSentences(madeUp(['dull', 'cold', 'tired'], 120), madeUp(['warm', 'bright'], 120));
  const args = [folder, '--seeds', '2', '--epochs', '2', '--only', 'variational,no dropout'];
  const { status, stdout, stderr } = await example(args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain('240 sentences, each once; simd: WebAssembly SIMD');
  expect(stdout).toContain('of the 24 held-out sentences that are right, after training on 216.');
  for (const scheme of ['variational', 'no dropout']) {
    for (const seed of [1, 2]) {
      expect(stdout).toMatch(
        new RegExp(`^${scheme}, seed ${seed}: +\\d+\\.\\d\\d% in epoch [12], \\d+\\.\\d\\d% in epoch 2; \\d+ s$`, 'm'),
      );
    }
    const [share, loss] = [' +\\d+\\.\\d% ± \\d+\\.\\d', ' +\\d\\.\\d\\d'];
    expect(stdout).toMatch(
      new RegExp(`^${scheme}${share} +[12](?:-2)?${loss}${share}${loss} +\\d+\\.\\d% +-?\\d+\\.\\d% +\\d+$`, 'm'),
    );
  }
  expect(stdout).not.toContain('zoneout');

  const again = await example(args);
  expect(withoutSeconds(again.stdout)).toBe(withoutSeconds(stdout));
});

test('the table has the mean and the standard deviation over seeds, and the first of the best epochs', async () => {
  const compared = (accuracies: readonly (readonly number[])[]) =>
    compareSchemes(
      { naive: [] },
      async ({ seed }): Promise<Run> => {
        const epochs = (accuracies[seed - 1] as readonly number[]).map((accuracy, i) => ({
          validation: { accuracy, loss: i / 4 },
        }));
        return { scores: scoresOf(epochs, 0.9, seed), sizes: { training: 90, heldOut: 10 } };
      },
      { seeds: accuracies.length, key: key(0) },
    );
  // Best 0.8, 0.7, 0.6 in epochs 2, 3, 2; last 0.5, 0.7, 0.6.
  const three = await compared([
    [0.7, 0.8, 0.5],
    [0.2, 0.6, 0.7],
    [0.5, 0.6, 0.6],
  ]);
  expect(table(three)).toBe(
    [
      'dropout    best epoch  which  loss    last epoch  loss  train    gap  seconds',
      'naive    70.0% ± 10.0    2-3  0.33  60.0% ± 10.0  0.50  90.0%  30.0%        2',
    ].join('\n'),
  );
  // One seed has no spread.
  expect(table(await compared([[0.5, 0.25]]))).toMatch(/^naive +50\.0% +1 +0\.00 +25\.0% +0\.25 +90\.0% +65\.0% +1$/m);
});

test('sentences are read once each, without the space around them', async () => {
  await writeSentences('a cliché , again \r\n\n', 'a café scene \na café scene\n a scene');
  expect(await readSentences(folder)).toEqual({
    texts: ['a cliché , again', 'a café scene', 'a scene'],
    labels: ['negative', 'positive', 'positive'],
  });
});

test('a mistake of the user is one line', { timeout: 120_000 }, async () => {
  const missing = await example([join(folder, 'nowhere')]);
  expect(missing.status).toBe(1);
  expect(missing.stderr).toMatch(/^sentence polarity: .*nowhere.rt-polarity\.neg: a file .* was expected, .*\n$/);

  await writeSentences('dull\n', '\n');
  const empty = await example([folder]);
  expect(empty.status).toBe(1);
  expect(empty.stderr).toMatch(/^sentence polarity: .*rt-polarity\.pos: a sentence a line was expected, .*\n$/);

  await writeSentences('dull\n', Buffer.from([0x63, 0x61, 0x66, 0xe9]));
  const encoded = await example([folder]);
  expect(encoded.status).toBe(1);
  expect(encoded.stderr).toMatch(/^sentence polarity: .*rt-polarity\.pos: UTF-8 was expected, .*\n$/);

  for (const args of [[], [folder, '--only', 'naiv'], [folder, '--seeds', '0'], [folder, '--epoch', '2']]) {
    const wrong = await example(args);
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toBe('');
    expect(wrong.stderr).toMatch(/^error: .*\n$/);
  }
});

// Pang and Lee 2005. Real data is not part of the repository; without it there is nothing to read.
test.skipIf(!existsSync(DATA))(
  'real sentences: none occurs twice, and a slice trains (skipped where ../shared has no data)',
  { timeout: 120_000 },
  async () => {
    const { texts, labels } = await readSentences(DATA);
    expect(texts.length).toBe(10_662);
    expect(labels.filter((label) => label === 'positive').length).toBe(5331);

    const slice = async (name: string): Promise<string> =>
      (await readFile(join(DATA, name), 'utf8')).split('\n').slice(0, 150).join('\n');
    await writeSentences(await slice('rt-polarity.neg'), await slice('rt-polarity.pos'));
    const { status, stdout } = await example([folder, '--seeds', '1', '--epochs', '1']);
    expect(status).toBe(0);
    expect(stdout).toContain('300 sentences, each once');
    for (const scheme of ['no dropout', 'naive', 'variational', 'zoneout', 'semeniuta', 'weight drop'])
      expect(stdout).toMatch(new RegExp(`^${scheme} +\\d+\\.\\d% +1 `, 'm'));
  },
);
