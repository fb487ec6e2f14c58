import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectWritable, writeResult } from '../../../src/cli/result-file.ts';
import { DataError, OptionError } from '../../../src/errors.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-result-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('a file to be made, or one that is there, is taken, and left as it is', async () => {
  await expectWritable(join(root, 'new.SVG'), '.svg');
  await writeFile(join(root, 'old.svg'), 'old');
  await expectWritable(join(root, 'old.svg'), '.svg');
  expect(await readdir(root)).toEqual(['old.svg']);
  expect(await readFile(join(root, 'old.svg'), 'utf8')).toBe('old');
});

test('what cannot become the result is refused, each with its reason', async () => {
  await mkdir(join(root, 'folder.svg'));
  await writeFile(join(root, 'file'), '');
  await symlink('gone.svg', join(root, 'dangling.svg'));
  const refused = async (name: string, ...parts: string[]): Promise<void> =>
    expectRefusal(() => expectWritable(join(root, name), '.svg'), DataError, ...parts);
  await expectRefusal(() => expectWritable(join(root, 'a.png'), '.svg'), OptionError, 'ends in .svg', 'a.png');
  await expectRefusal(() => expectWritable('', '.svg'), OptionError, 'ends in .svg', '""');
  await refused('folder.svg', 'a file was expected at', 'there is a folder');
  await refused('dangling.svg', 'a file was expected at', 'there is a link to nothing');
  await refused(join('none', 'a.svg'), 'a folder to write to was expected at', 'there is none');
  await refused(join('file', 'a.svg'), 'a folder to write to was expected at', 'there is none');
  await refused(`${'x'.repeat(300)}.svg`, 'the name is too long (ENAMETOOLONG');
  expect((await readdir(root)).sort()).toEqual(['dangling.svg', 'file', 'folder.svg']);
});

test.skipIf(process.platform === 'win32')('a pipe has any name, and gets what is written', async () => {
  const pipe = join(root, 'pipe');
  await new Promise((done) => spawn('mkfifo', [pipe]).on('close', done));
  await expectWritable(pipe, '.svg');
  const reading = readFile(pipe, 'utf8');
  await writeResult(pipe, '<svg></svg>');
  expect(await reading).toBe('<svg></svg>');
  expect(await readdir(root)).toEqual(['pipe']);
});
