import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { importLayers, readTensors, writeSafetensors } from '../../../src/interop/index.ts';
import { filesOf } from '../../../src/interop/source-files.ts';
import { tensor } from '../../../src/tensor/tensor.ts';

const bytes = writeSafetensors({ 'fc.weight': tensor([[1, 2, 3]]) });

describe('files to be read', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'keepgate-'));
    await writeFile(join(dir, 'a.bin'), bytes);
  });
  afterEach(() => rm(dir, { recursive: true }));

  it.each([
    ['bytes', () => bytes],
    ['a buffer', () => bytes.slice().buffer],
    ['files by name', () => ({ 'notes.txt': new Uint8Array(3), 'a.bin': bytes })],
    ['a path', () => join(dir, 'a.bin')],
  ])('are read from %s', async (_, source) => {
    expect((await readTensors(source())).tensors['fc.weight']?.shape).toEqual([1, 3]);
    expect((await importLayers(source()))[0]?.name).toBe('fc');
  });

  it('are told what is missing', async () => {
    await expect(readTensors(join(dir, 'none'))).rejects.toThrow(/a file was expected at ".*none", but nothing came/);
    await expect(readTensors(dir)).rejects.toThrow(/but a folder came; pass the path of a file in it/);
    await expect(readTensors('a\0b')).rejects.toThrow(DataError);
    await expect(readTensors({})).rejects.toThrow(/such files by name, or a path was expected, but \{\} came/);
    await expect(readTensors({ a: bytes, b: bytes })).rejects.toThrow(/but 2 of them came/);
  });

  it('come beside the first by a plain name, and never through a link', async () => {
    const [file] = await filesOf('it', join(dir, 'a.bin'));
    await writeFile(join(dir, 'b.bin'), new Uint8Array([7]));
    await symlink(join(dir, 'b.bin'), join(dir, 'link'));
    expect(await file?.beside('b.bin')).toEqual(new Uint8Array([7]));
    for (const name of ['link', 'none', '..', `../${dir.split('/').at(-1)}/b.bin`, join(dir, 'b.bin'), '', 'C:b.bin']) {
      expect(await file?.beside(name)).toBeUndefined();
    }
  });
});
