import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { wordTokenizer } from 'keepgate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPacked } from '../helpers/packed.ts';
import { installedProject } from '../helpers/packed-project.ts';
import { ROOT, runNode } from '../helpers/run-script.ts';

/** The hosts that hosts/package.json installs, and how each runs a file. */
const HOSTS: Readonly<Record<string, readonly string[]>> = {
  node20: ['node_modules/node20/bin/node'],
  node22: ['node_modules/node22/bin/node'],
  node24: ['node_modules/node24/bin/node'],
  node26: ['node_modules/node26/bin/node'],
  deno: ['node_modules/.bin/deno', 'run', '-A'],
  bun: ['node_modules/.bin/bun'],
};

const WORDS = join(ROOT, 'test/golden/words.json');
let packed: string;
let folder: string;

beforeAll(async () => {
  packed = await mkdtemp(join(tmpdir(), 'keepgate-packed-'));
  await installPacked(packed);
  folder = await installedProject([fileURLToPath(new URL('hosts', import.meta.url))], packed);
  await cp(WORDS, join(folder, 'words.json'));
  expect(await runNode(['save.js'], folder)).toMatchObject({ status: 0, stderr: '' });
}, 600_000);

afterAll(() => Promise.all([packed, folder].map((path) => rm(path, { recursive: true, force: true }))));

test.each(Object.entries(HOSTS))(
  'a classifier that Node saved cuts words in %s as in Node, and is as accurate',
  { timeout: 300_000 },
  async (_, [command = '', ...args]) => {
    const { stdout } = await promisify(execFile)(join(folder, command), [...args, 'check.js'], { cwd: folder });
    const hard: readonly { readonly text: string }[] = JSON.parse(await readFile(WORDS, 'utf8'));
    const { tokenize } = wordTokenizer();
    expect(JSON.parse(stdout)).toEqual({ accuracy: 1, words: hard.map(({ text }) => tokenize(text)) });
  },
);
