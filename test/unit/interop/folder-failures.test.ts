import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ModelError } from '../../../src/errors.ts';
import { expectReplaceable, readFolderFiles, writeFolder } from '../../../src/interop/folder.ts';

// A disk that works, until a test lets one call fail.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const [open, rename] = [vi.fn(real.open), vi.fn(real.rename)];
  return { ...real, open, rename, mkdir: vi.fn(real.mkdir), rmdir: vi.fn(real.rmdir) };
});

let root: string;
let model: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-folder-'));
  model = join(root, 'model');
  await writeFolder(model, { 'model.json': 'old' });
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const readModel = async (): Promise<string> =>
  new TextDecoder().decode((await readFolderFiles(model, ['model.json']))['model.json']);

const failure = (code: string): Error => Object.assign(new Error(`${code}: refused`), { code });

/** Files that cannot be flushed, as a host without the call would have them. */
function withoutSync(error: unknown): void {
  const real = vi.mocked(open).getMockImplementation();
  vi.mocked(open).mockImplementation(async (...args) => {
    const handle = await (real as typeof open)(...args);
    handle.sync = () => {
      throw error;
    };
    return handle;
  });
}

afterEach(() => vi.mocked(open).mockRestore());

test.each<[string, unknown]>([
  ['Plug and Play', new Error('Method not implemented.')],
  ['an odd file system', failure('EINVAL')],
  ['one that does not permit it', failure('EPERM')],
])('where files cannot be flushed, they are saved all the same: %s', async (_, error) => {
  withoutSync(error);
  await expectReplaceable(model);
  expect(await writeFolder(model, { 'model.json': 'new' })).toEqual({ warnings: [] });
  expect(await readModel()).toBe('new');
});

test.each(['EIO', 'ENOSPC', 'EDQUOT'])('a flush that fails with %s is a failure, also in a rehearsal', async (code) => {
  withoutSync(failure(code));
  await expect(expectReplaceable(model)).rejects.toThrow(ModelError);
  await expect(writeFolder(model, { 'model.json': 'new' })).rejects.toThrow(ModelError);
  expect(await readModel()).toBe('old');
  expect((await readdir(model)).sort()).toEqual(['checksums.json', 'model.json']);
});

test('a folder that can be written to but not renamed in is refused before the work', async () => {
  vi.mocked(rename).mockRejectedValueOnce(failure('EXDEV'));
  await expect(expectReplaceable(model)).rejects.toThrow(/was to be written, but EXDEV: refused came; check the path$/);
  expect((await readdir(model)).sort()).toEqual(['checksums.json', 'model.json']);
});

test.each<[string, string]>([
  ['ENOSPC', 'the disk is full (ENOSPC: refused); free some space, or choose another disk'],
  ['EROFS', 'the disk is read-only (EROFS: refused); choose another path'],
  ['EACCES', 'access is denied (EACCES: refused); check the permissions, or choose another path'],
  ['EBUSY', 'it is in use or a mount point (EBUSY: refused); close what uses it, or choose another path'],
  ['EWHAT', 'EWHAT: refused came; check the path'],
])('%s is told in words', async (code, words) => {
  vi.mocked(open).mockRejectedValueOnce(failure(code));
  await expect(writeFolder(model, { 'model.json': 'new' })).rejects.toThrow(
    new ModelError(`model folder: ${JSON.stringify(model)} was to be written, but ${words}`),
  );
  expect(await readModel()).toBe('old');
});

test('an error of another realm is known by its code', async () => {
  const error = runInNewContext('Object.assign(new Error("ENOSPC: no space\\nleft"), { code: "ENOSPC" })');
  expect(error).not.toBeInstanceOf(Error);
  vi.mocked(open).mockRejectedValueOnce(error);
  await expect(writeFolder(model, { 'model.json': 'new' })).rejects.toThrow(
    /the disk is full \(ENOSPC: no space left\)/,
  );
  const missing = runInNewContext('Object.assign(new Error("ENOENT"), { code: "ENOENT" })');
  vi.mocked(rename).mockImplementationOnce(async (from, to) => {
    // The first is the commit; the next finds nothing to move, as when another has done it.
    await rename(from, to);
  });
  vi.mocked(rmdir).mockRejectedValueOnce(missing);
  expect((await writeFolder(model, { 'model.json': 'new' })).warnings).toEqual([]);
});

test('once it counts, a save does not fail: what is not in its place is told, read, and brought there by the next', async () => {
  const real = vi.mocked(rename).getMockImplementation() as typeof rename;
  vi.mocked(rename).mockImplementationOnce(real).mockRejectedValueOnce(failure('EACCES'));
  expect(await writeFolder(model, { 'model.json': 'new' })).toEqual({
    warnings: [
      `model folder: ${JSON.stringify(model)} is saved and can be loaded, but its files were to be moved out of .keepgate-next in it, and access is denied (EACCES: refused); check the permissions, or choose another path; then save again`,
    ],
  });
  expect(await readFile(join(model, 'model.json'), 'utf8')).toBe('old');
  expect(await readModel()).toBe('new');
  await expectReplaceable(model);
  expect(await readFile(join(model, 'model.json'), 'utf8')).toBe('new');
  expect((await readdir(model)).sort()).toEqual(['checksums.json', 'model.json']);
});

test('a folder that is gone each time that it was made is given up, and one that is gone once is not', async () => {
  const real = vi.mocked(mkdir).getMockImplementation() as typeof mkdir;
  const other = join(root, 'other');
  vi.mocked(mkdir).mockImplementation(async (path, ...rest) => {
    if (String(path).includes('.keepgate-')) throw failure('ENOENT');
    return real(path, ...rest);
  });
  await expect(writeFolder(other, { 'model.json': 'new' })).rejects.toThrow('no such path is there (ENOENT: refused)');
  expect(await readdir(root)).toEqual(['model']);
  vi.mocked(mkdir).mockImplementation(real);
  vi.mocked(mkdir).mockImplementationOnce(real).mockRejectedValueOnce(failure('ENOENT'));
  expect(await writeFolder(other, { 'model.json': 'new' })).toEqual({ warnings: [] });
  expect((await readdir(other)).sort()).toEqual(['checksums.json', 'model.json']);
});

test('a save that another ends meanwhile takes none of its files away', async () => {
  const real = vi.mocked(rename).getMockImplementation() as typeof rename;
  vi.mocked(rename).mockImplementation(async (from, to) => {
    await real(from, to);
    if (to !== join(model, 'model.json')) return;
    // The other brings the sums home, after which there is nothing to be done.
    const sums = String(from).replace(/model\.json$/, 'checksums.json');
    await real(sums, join(model, 'checksums.json'));
  });
  expect(await writeFolder(model, { 'model.json': 'new' })).toEqual({ warnings: [] });
  vi.mocked(rename).mockImplementation(real);
  expect(await readModel()).toBe('new');
  expect((await readdir(model)).sort()).toEqual(['checksums.json', 'model.json']);
});

test('what others put where a save stands is named, and stays', async () => {
  await mkdir(join(model, '.keepgate-next'));
  await writeFile(join(model, '.keepgate-next', '.DS_Store'), 'x');
  for (const act of [() => expectReplaceable(model), () => writeFolder(model, { 'model.json': 'new' })]) {
    await expect(act()).rejects.toThrow(/but "\.DS_Store" came with them; move it away$/);
  }
  expect(await readFile(join(model, '.keepgate-next', '.DS_Store'), 'utf8')).toBe('x');
  expect(await readModel()).toBe('old');
});

test('a dozen savers at once: each is done, and the model of one of them is whole', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `model ${i}`);
  const reports = await Promise.all(names.map((name) => writeFolder(model, { 'model.json': name, [name]: name })));
  // Others at work may be told of, and nothing else.
  for (const { warnings } of reports) for (const line of warnings) expect(line).toMatch(/is of another save/);
  const name = await readModel();
  expect(names).toContain(name);
  expect((await readdir(model)).sort()).toEqual(['checksums.json', name, 'model.json'].sort());
});
