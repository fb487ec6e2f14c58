import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readReport } from 'keepgate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT, runNode, runScript } from '../../helpers/run-script.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-train-code-'));
  const rows = Array.from({ length: 60 }, (_, i) => (i % 2 ? `cat,meow purr ${i}` : `dog,woof bark ${i}`));
  await writeFile(join(folder, "animals'.csv"), ['label,text', ...rows.slice(0, 40)].join('\n'));
  await writeFile(join(folder, 'words.vec'), '3 3\nmeow 0.5 1 2\nbark 1 -2 0.25\nhowl 1 1 1\n');
  await writeFile(join(folder, 'more.csv'), ['label,text', ...rows.slice(30)].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['one file', []],
  [
    'files, both directions and a weight',
    ['--validation', 'more.csv', '--bidirectional', '--class-weight', 'cat=2', '--keep', 'last'],
  ],
  // Few texts have many epochs with as many right: another epoch than the first of them is the best.
  ['epochs whose accuracies tie', ['--patience', '2', '--epochs', '12', '--learning-rate', '0.05']],
  ['another metric', ['--patience', '2', '--metrics', 'f1-macro']],
  ['vectors that stay as they are', ['--validation', 'more.csv', '--vectors', 'words.vec', '--freeze-vectors']],
  ['vectors that are trained', ['--vectors', 'words.vec']],
  ['a test file', ['--test', 'more.csv', '--keep', 'last', '--cell', 'gru', '--layers', '2']],
])('the code in a report comes to what the command came to: %s', { timeout: 120_000 }, async (_, more) => {
  const page = join(folder, 'report.html');
  const options = ['--units', '4', '--report', page, '--json'];
  if (!more.includes('--vectors')) options.push('--embedding', '3');
  if (!more.includes('--epochs')) options.push('--epochs', '3');
  const scheme = ['--dropout', 'variational(input=0.25)+wordTypeDropout(rate=0.1)'];
  const files = more.map((word) => (/^(more|words)[.]/.test(word) ? join(folder, word) : word));
  const data = join(folder, "animals'.csv");
  const { stdout, stderr } = await runScript('src/cli/main.ts', [
    'train',
    data,
    '--text',
    'text',
    '--label',
    'label',
    ...options,
    ...scheme,
    ...files,
  ]);
  expect(stdout, stderr).toContain('"event":"result"');
  const result = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  const { origin, data: reported } = readReport(await readFile(page, 'utf8'));
  const script = join(folder, 'again.mts');
  const library = JSON.stringify(join(ROOT, 'src/index.ts'));
  await writeFile(
    script,
    origin.code?.replace("'keepgate'", library).replace(/console\.log\((.*)\);$/, 'console.log(JSON.stringify($1));') ??
      '',
  );
  const again = await runNode(['--import', 'tsx', script], ROOT);
  expect(again.stderr).toBe('');
  expect(JSON.parse(again.stdout)).toEqual(result.test);
  // Ten texts are in both files, of which some are held out of the first.
  const shared = /(\d+) of \d+ texts to (validate|test) on are also among those to train on/.exec(stderr)?.[1];
  expect(reported?.overlap).toBe(Number(shared ?? 0));
  if (files.includes('--validation')) expect(shared).toBe('10');
  else if (files.includes('--test')) expect(Number(shared)).toBeGreaterThan(2);
  else expect(stderr).toBe('');
});
