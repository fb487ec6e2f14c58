import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { replaceFile, replaceFolder } from '../../../src/platform/atomic-write.ts';

// A disk that works, until a test lets one call fail.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, rename: vi.fn(real.rename), rm: vi.fn(real.rm) };
});

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-atomic-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('a file is made, and replaced', async () => {
  const path = join(root, 'a.svg');
  await replaceFile(path, 'old');
  await replaceFile(path, new Uint8Array([110, 101, 119]));
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(await readdir(root)).toEqual(['a.svg']);
});

test('a file that cannot be replaced stays, and nothing lies beside it', async () => {
  const path = join(root, 'a.svg');
  await writeFile(path, 'old');
  vi.mocked(rename).mockRejectedValueOnce(Object.assign(new Error('no'), { code: 'EBUSY' }));
  await expect(replaceFile(path, 'new')).rejects.toMatchObject({ code: 'EBUSY' });
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(root)).toEqual(['a.svg']);
  await expect(replaceFile(join(root, 'none', 'a.svg'), 'new')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a folder is made, with those that it lies in, and replaced with all that is in it', async () => {
  const path = join(root, 'b', 'folder');
  expect(await replaceFolder(path, { a: '1', b: '2' })).toBe(null);
  await mkdir(join(path, 'more'));
  expect(await replaceFolder(path, { a: '3' })).toBe(null);
  expect(await readdir(path)).toEqual(['a']);
  expect(await readFile(join(path, 'a'), 'utf8')).toBe('3');
  expect(await readdir(join(root, 'b'))).toEqual(['folder']);
});

test('a former folder that cannot be removed is told, and the new one is in place', async () => {
  const path = join(root, 'folder');
  await replaceFolder(path, { a: 'old' });
  const refused = new Error('EPERM');
  vi.mocked(rm).mockRejectedValueOnce(refused);
  const leftover = await replaceFolder(path, { a: 'new' });
  expect(leftover).toEqual({ path: expect.stringMatching(/\.keepgate-[0-9a-f-]*\.old$/), error: refused });
  expect(await readFile(join(leftover?.path as string, 'a'), 'utf8')).toBe('old');
  expect(await readFile(join(path, 'a'), 'utf8')).toBe('new');
});
