import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runScript } from '../helpers/run-script.ts';

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'keepgate-generation-')), 'text.txt');
  const lines = Array.from(
    { length: 400 },
    (_, i) => `The ${i % 2 ? 'old' : 'new'} king has a ship. It is ${i % 3 ? 'red' : 'blue'}.`,
  );
  await writeFile(path, lines.join('\n'));
});
afterEach(() => rm(join(path, '..'), { recursive: true }));

test('a language model of words learns, and writes', { timeout: 120_000 }, async () => {
  const args = [path, '--epochs', '2', '--units', '16', '--words', '12'];
  const { status, stdout, stderr } = await runScript('examples/word-language-model/main.ts', args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const [, first, second, held] =
    /^epoch 1: perplexity ([\d.]+), .*\nepoch 2: perplexity ([\d.]+), .*\ntest: perplexity ([\d.]+)$/m.exec(stdout) ??
    [];
  expect(Number(second)).toBeLessThan(Number(first));
  expect(Number(held)).toBeGreaterThan(1);
  expect(stdout.trim().split('\n').at(-1)?.split(' ')).toHaveLength(12);
});

test('a model of characters writes at four temperatures after each epoch', { timeout: 120_000 }, async () => {
  const { status, stdout, stderr } = await runScript('examples/character-generation/main.ts', [path, '1', '16']);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^epoch 1: loss \d/m);
  expect(stdout.match(/^--- temperature /gm)).toHaveLength(4);
});

test('neither is longer than the script that it stands for', async () => {
  for (const [name, lines] of [
    ['word-language-model', 205],
    ['character-generation', 72],
  ] as const) {
    const text = await readFile(new URL(`../../examples/${name}/main.ts`, import.meta.url), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(lines);
  }
});

test('a file that is not there is one line', async () => {
  const { status, stderr } = await runScript('examples/word-language-model/main.ts', [`${path}x`]);
  expect([status, stderr]).toEqual([
    1,
    `word language model: ${path}x: a file of text was expected, but it cannot be read (ENOENT)\n`,
  ]);
});
