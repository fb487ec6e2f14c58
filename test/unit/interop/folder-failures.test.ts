import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ModelError } from '../../../src/errors.ts';
import { writeFolder } from '../../../src/interop/folder.ts';

// A disk that works, until a test lets one call fail.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return { ...real, rename: vi.fn(real.rename), rm: vi.fn(real.rm) };
});

let root: string;
let model: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-folder-'));
  model = join(root, 'model');
  await writeFolder(model, { 'model.json': 'old' });
  vi.mocked(rename).mockClear();
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const readModel = (): Promise<string> => readFile(join(model, 'model.json'), 'utf8');

test('when the new folder cannot be moved into place, the old one is put back', async () => {
  const real = vi.mocked(rename).getMockImplementation();
  vi.mocked(rename)
    .mockImplementationOnce(async (from, to) => {
      await real?.(from, to);
      expect(await readdir(root)).not.toContain('model');
    })
    .mockRejectedValueOnce(new Error('EIO: the disk\nis broken'));
  await expect(writeFolder(model, { 'model.json': 'new' })).rejects.toThrow(
    new ModelError(
      `model folder: ${JSON.stringify(model)} was to be written, but EIO: the disk is broken came; check the path, the permissions and the free space`,
    ),
  );
  expect(rename).toHaveBeenCalledTimes(3);
  expect(await readModel()).toBe('old');
  expect(await readdir(root)).toEqual(['model']);
});

test('when the old folder cannot be moved aside, it stays', async () => {
  vi.mocked(rename).mockRejectedValueOnce(new Error('EBUSY'));
  await expect(writeFolder(model, { 'model.json': 'new' })).rejects.toThrow(ModelError);
  expect(rename).toHaveBeenCalledTimes(1);
  expect(await readModel()).toBe('old');
  expect(await readdir(root)).toEqual(['model']);
});

test('when the old folder cannot be removed, the new one is in place, and a warning names the rest', async () => {
  vi.mocked(rm).mockRejectedValueOnce(new Error('EPERM'));
  expect(await writeFolder(model, { 'model.json': 'new' })).toEqual({
    warnings: [
      expect.stringMatching(
        /^model folder: ".*model" is written, and ".*\.keepgate-.*\.old" with the former model was to be removed, but EPERM came; remove it by hand$/,
      ),
    ],
  });
  expect(await readModel()).toBe('new');
});

test('why a write failed is told, also when what it began cannot be removed', async () => {
  vi.mocked(rename).mockRejectedValueOnce(new Error('EBUSY'));
  vi.mocked(rm).mockRejectedValueOnce(new Error('EPERM'));
  await expect(writeFolder(model, { 'model.json': 'new' })).rejects.toThrow(/was to be written, but EBUSY came/);
  expect(await readModel()).toBe('old');
});
