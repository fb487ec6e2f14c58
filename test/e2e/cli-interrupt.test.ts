import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../helpers/run-script.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-interrupt-'));
  const rows = Array.from({ length: 400 }, (_, i) => `"text number ${i} is ${i % 2 ? 'good' : 'bad'}",${i % 2}`);
  await writeFile(join(folder, 'data.csv'), ['text,label', ...rows].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

test('Ctrl-C ends a training after its step, in one line, with status 130 and nothing left behind', async () => {
  const columns = ['--text', 'text', '--label', 'label'];
  const args = ['train', join(folder, 'data.csv'), ...columns, '--epochs', '100000', '--out', join(folder, 'model')];
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], { cwd: ROOT });
  let [printed, errors] = ['', ''];
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const status = await new Promise((resolve) => {
    child.stdout.on('data', (chunk) => {
      const begins = !printed.includes('epoch 1/');
      printed += chunk;
      if (begins && printed.includes('epoch 1/')) child.kill('SIGINT');
    });
    child.on('close', resolve);
  });
  expect(errors).toBe('keepgate: Ctrl-C stopped it before its end, and nothing was written; run it again\n');
  expect(status).toBe(130);
  expect(await readdir(folder)).toEqual(['data.csv']);
});
