import { replaceFile } from '#platform/atomic-write.js';
import { checkWritable, isFolder } from '#platform/files.js';
import { dirname, extname, resolve } from '#platform/paths.js';
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
  await checkWritable(folder).catch((error: unknown) => {
    throw new DataError(
      `a folder to write to was expected at ${folder}, but it cannot be used (${codeOf(error)}); check the path`,
    );
  });
  if (await isFolder(path).catch(() => false)) {
    throw new DataError(`a file was expected at ${path}, but there is a folder; choose another name`);
  }
}

/**
 * Write a result whole or not at all.
 * @throws DataError when it cannot be written: then what was there before still is
 */
export async function writeResult(path: string, text: string): Promise<void> {
  await replaceFile(path, text).catch((error: unknown) => {
    throw new DataError(
      `the file ${path} was to be written, but ${codeOf(error)} came; check the path and the free space`,
    );
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
