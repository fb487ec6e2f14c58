import { rehearseReplacement, replaceFile } from '#platform/atomic-write.js';
import { kindAt, kindBehind } from '#platform/files.js';
import { dirname } from '#platform/paths.js';
import { DataError, KeepgateError, OptionError, show } from '../errors.ts';
import { inWords } from '../interop/system-error.ts';

/**
 * To ask before the work whose result a file is to hold: does all that writing it does but the last step. A device or a pipe
 * may have any name.
 * @throws OptionError when the file's name has another ending
 * @throws DataError when there is no such folder, it cannot be written to, or the path is itself a folder
 */
export async function expectWritable(path: string, ending: string): Promise<void> {
  const kind = await orDataError(path, () => kindBehind(path));
  if (kind !== 'something else' && !path.toLowerCase().endsWith(ending)) {
    throw new OptionError(`a file name that ends in ${ending} was expected, but ${show(path)} came`);
  }
  if (kind === 'a folder') {
    throw new DataError(`a file was expected at ${path}, but there is a folder; choose another name`);
  }
  if (kind === null && (await kindAt(path)) !== null) {
    throw new DataError(`a file was expected at ${path}, but there is a link to nothing; choose another name`);
  }
  const folder = dirname(path);
  if (kind === null && (await orDataError(path, () => kindBehind(folder))) !== 'a folder') {
    throw new DataError(
      `a folder to write to was expected at ${folder}, but there is none; make it, or check the path`,
    );
  }
  await orDataError(path, () => rehearseReplacement(path));
}

/**
 * Write a result whole or not at all, where the system lets a file be exchanged for another.
 * @throws DataError when it cannot be written: then what was there before still is
 */
export async function writeResult(path: string, data: string | Uint8Array): Promise<void> {
  await orDataError(path, () => replaceFile(path, data));
}

async function orDataError<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new DataError(`the file ${path} was to be written, but ${inWords(error)}`);
  }
}
