import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, runScript } from '../helpers/run-script.ts';

let folder: string;
let messages: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-spam-'));
  messages = join(folder, 'SMSSpamCollection');
  const lines = Array.from({ length: 80 }, (_, i) =>
    i % 8 ? `ham\tsee you at ${i} then` : `spam\twin a prize ${i} now`,
  );
  await writeFile(messages, `${lines.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

const example = (...args: readonly string[]): Promise<Finished> => runScript('examples/spam-weights/main.ts', args);

test('weights of classes are compared seed by seed with messages as they come', { timeout: 120_000 }, async () => {
  const { status, stdout, stderr } = await example(messages, '--seeds', '3', '--epochs', '1');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.match(/, seed [123]: recall:spam [01]\.\d{4}, precision:spam/g)).toHaveLength(9);
  expect(stdout).toMatch(
    /^classWeight: 'balanced' - as they come +recall:spam +-?\d+\.\d ± \d+\.\d +-?\d+\.\d to -?\d+\.\d$/m,
  );
  const missing = await example(join(folder, 'nowhere'));
  expect(missing.status).toBe(1);
  expect(missing.stderr).toMatch(/^spam weights: .*nowhere.*\n$/);
});
