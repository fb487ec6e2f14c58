import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { DataError, OptionError, show } from '../errors.ts';

/**
 * To ask before the work whose result a file is to hold.
 * @throws OptionError when the file's name has another ending
 * @throws DataError when there is no such folder, it cannot be written to, or the path is itself a folder
 */
export async function expectWritable(path: string, ending: string): Promise<void> {
  if (extname(path).toLowerCase() !== ending) {
    throw new OptionError(`a file name that ends in ${ending} was expected, but ${show(path)} came`);
  }
  const folder = dirname(resolve(path));
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new DataError(
      `a folder to write to was expected at ${folder}, but it cannot be used (${codeOf(error)}); check the path`,
    );
  }
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    throw new DataError(`a file was expected at ${path}, but there is a folder; choose another name`);
  }
}

/** Write a file as a whole or not at all: what was there before stays until all is on the disk. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const fresh = join(dirname(resolve(path)), `.keepgate-${randomUUID()}.new`);
  try {
    const file = await open(fresh, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw new DataError(
      `the file ${path} was to be written, but ${codeOf(error)} came; check the path and the free space`,
    );
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
