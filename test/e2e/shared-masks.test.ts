import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Finished, runScript } from '../helpers/run-script.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-shared-'));
});
afterEach(() => rm(folder, { recursive: true }));

const example = (args: readonly string[]): Promise<Finished> => runScript('examples/shared-masks/main.ts', args);

const question = (i: number): string =>
  i % 2 ? `NUM:dist How far is town ${i % 7} from ${i} ?` : `HUM:ind Who was the painter of ${i} ?`;

test('the example trains with masks for each sample and with shared ones', { timeout: 120_000 }, async () => {
  await writeFile(join(folder, 'TREC.train'), `${Array.from({ length: 200 }, (_, i) => question(i)).join('\n')}\n`);
  const { status, stdout, stderr } = await example([folder, '--seeds', '2', '--epochs', '2', '--only', 'shared;none']);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain('200 texts, each once; rate 0.5; simd');
  for (const name of ['none', 'shared']) {
    expect(stdout).toMatch(new RegExp(`^${name}, seed 2: +\\d+\\.\\d% in epoch [12], \\d+\\.\\d% in epoch 2$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${name} +\\d+\\.\\d% ± \\d+\\.\\d`, 'm'));
  }
  expect(stdout).not.toContain('per sample');
});

test.each([
  ['no file', null, 'cannot be read (ENOENT)'],
  ['an empty file', '\n', 'there is none'],
  ['another line', `${question(1)}\nHow far ?\n`, 'line 2 is another'],
])('%s is one line that says what was expected', async (_, text, expected) => {
  if (text !== null) await writeFile(join(folder, 'TREC.train'), text);
  const { status, stderr } = await example([folder]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^shared masks: .*\n$/);
  expect(stderr).toContain(expected);
});
