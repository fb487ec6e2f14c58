import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holderOf, type LockKind, lockFolder } from '../../../../src/platform/process/folder-lock.ts';

const ours: LockKind = { name: 'lock', machines: 'this one' };
const all: LockKind = { name: 'lock', machines: 'all' };
const self = { pid: process.pid, host: hostname() };

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keepgate-lock-'));
  file = join(dir, 'lock');
});

afterEach(() => rm(dir, { recursive: true }));

test('of many that come at once one has it, until it gives it back', async () => {
  const found = await Promise.all(Array.from({ length: 8 }, () => lockFolder(dir, all)));
  const releases = found.filter((one) => typeof one === 'function');
  expect(releases).toHaveLength(1);
  expect(found.filter((one) => typeof one !== 'function')).toEqual(
    Array.from({ length: 7 }, () => ({ file, holder: self, isSelf: true })),
  );
  // Whoever was refused has not taken the file away.
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(self);
  await releases[0]?.();
  expect(existsSync(file)).toBe(false);
  expect(await holderOf(dir, all)).toBeNull();
});

test('a folder and a link to it are one', async () => {
  const link = `${dir}-link`;
  await symlink(dir, link);
  const release = await lockFolder(link, ours);
  expect(await lockFolder(dir, ours)).toEqual({ file, holder: self, isSelf: true });
  if (typeof release === 'function') await release();
  await rm(link);
});

test.each<[string, string, boolean, boolean]>([
  ['a process that lives', JSON.stringify({ pid: process.ppid, host: hostname() }), true, true],
  ['a process of another machine', JSON.stringify({ pid: process.ppid, host: 'elsewhere' }), true, false],
  ['a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }), false, false],
  ['one with our number, of before', JSON.stringify(self), false, false],
  ['nobody', '', false, false],
  ['what is no process', JSON.stringify({ pid: -1, host: hostname() }), false, false],
])('a file of %s', async (_, text, holdsAll, holdsOurs) => {
  for (const [kind, holds] of [
    [all, holdsAll],
    [ours, holdsOurs],
  ] as const) {
    await writeFile(file, text);
    expect((await holderOf(dir, kind)) !== null).toBe(holds);
    const found = await lockFolder(dir, kind);
    expect(typeof found).toBe(holds ? 'object' : 'function');
    expect(await readFile(file, 'utf8')).toBe(holds ? text : `${JSON.stringify(self)}\n`);
    if (typeof found === 'function') await found();
  }
});

test('where it cannot be written, that is thrown, and nobody holds it', async () => {
  const missing = join(dir, 'none');
  await expect(lockFolder(missing, all)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await holderOf(missing, all)).toBeNull();
});
