import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rehearseReplacement, replaceFile } from '../../../src/platform/atomic-write.ts';

// A disk that works, until a test lets one call fail.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, open: vi.fn(real.open), rename: vi.fn(real.rename) };
});

let root: string;
let path: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-atomic-'));
  path = join(root, 'a.svg');
});

afterEach(() => rm(root, { recursive: true, force: true }));

const failure = (code: string): Error => Object.assign(new Error(code), { code });

test('a file is made, and replaced', async () => {
  await rehearseReplacement(path);
  expect(await readdir(root)).toEqual([]);
  await replaceFile(path, 'old');
  await rehearseReplacement(path);
  expect(await readFile(path, 'utf8')).toBe('old');
  await replaceFile(path, new Uint8Array([110, 101, 119]));
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(await readdir(root)).toEqual(['a.svg']);
});

test('a file that cannot be replaced stays, and nothing lies beside it', async () => {
  await writeFile(path, 'old');
  vi.mocked(rename).mockRejectedValueOnce(failure('ENOSPC'));
  await expect(replaceFile(path, 'new')).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(root)).toEqual(['a.svg']);
  await expect(replaceFile(join(root, 'none', 'a.svg'), 'new')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(rehearseReplacement(join(root, 'none', 'a.svg'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test.each(['EBUSY', 'EPERM', 'EXDEV'])(
  'where no other file can take its place (%s), as at a mount point, it is written over',
  async (code) => {
    await writeFile(path, 'longer than the new one');
    const { ino } = await stat(path);
    vi.mocked(rename).mockRejectedValueOnce(failure(code));
    await replaceFile(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).ino).toBe(ino);
    expect(await readdir(root)).toEqual(['a.svg']);
  },
);

test('a folder that takes no new files is refused, unless the file is there to be written over', async () => {
  const closed = (): void => void vi.mocked(open).mockRejectedValueOnce(failure('EACCES'));
  closed();
  await expect(rehearseReplacement(path)).rejects.toMatchObject({ code: 'EACCES' });
  closed();
  await expect(replaceFile(path, 'new')).rejects.toMatchObject({ code: 'EACCES' });
  await writeFile(path, 'old');
  const real = vi.mocked(open).getMockImplementation() as typeof open;
  // The file itself can be opened, and one beside it cannot.
  vi.mocked(open).mockImplementationOnce(real).mockRejectedValueOnce(failure('EACCES'));
  await rehearseReplacement(path);
  closed();
  await replaceFile(path, 'new');
  expect(await readFile(path, 'utf8')).toBe('new');
});

test('a file that is read-only by its mount is refused, one that is so by its mode is replaced', async () => {
  await writeFile(path, 'old');
  vi.mocked(open).mockRejectedValueOnce(failure('EROFS'));
  await expect(rehearseReplacement(path)).rejects.toMatchObject({ code: 'EROFS' });
  vi.mocked(open).mockRejectedValueOnce(failure('EACCES'));
  await rehearseReplacement(path);
  await chmod(path, 0o444);
  await replaceFile(path, 'new');
  expect(await readFile(path, 'utf8')).toBe('new');
  expect(await readdir(root)).toEqual(['a.svg']);
});

test.skipIf(process.platform === 'win32')('the file behind a link is replaced, and the link stays', async () => {
  await mkdir(join(root, 'real'));
  await writeFile(join(root, 'real', 'a.svg'), 'old');
  await symlink(join('real', 'a.svg'), path);
  await replaceFile(path, 'new');
  expect(await readFile(join(root, 'real', 'a.svg'), 'utf8')).toBe('new');
  expect((await readdir(root)).sort()).toEqual(['a.svg', 'real']);
  expect(await readdir(join(root, 'real'))).toEqual(['a.svg']);
});

test.skipIf(process.platform === 'win32')('a device gets the data as it is', async () => {
  await rehearseReplacement('/dev/null');
  await replaceFile('/dev/null', 'gone');
  expect((await stat('/dev/null')).isFile()).toBe(false);
});
