/** A model folder on disk, whose files are exchanged all together or not at all. */
import { syncFolder } from '#platform/atomic-write.js';
import { KeepgateError, ModelError } from '../errors.ts';
import { checksumsOf } from './folder/checksums.ts';
import { clearLeftovers } from './folder/leftovers.ts';
import { CHECKSUMS, checkName, MODEL_NAMES, NEXT, quote } from './folder/names.ts';
import { readFolderFiles } from './folder/read.ts';
import { expectPlace } from './folder/replaceable.ts';
import { rollForward } from './folder/roll-forward.ts';
import { commit, rehearse } from './folder/write.ts';
import { checkedStorage, type Files, type Storage, type WriteReport } from './storage.ts';
import { inWords } from './system-error.ts';

export { readFolderFiles };

/** A folder of the disk as a place for a model: see {@link writeFolder} and {@link readFolderFiles}. */
export function folderStorage(dir: string): Storage {
  return {
    write: (files) => writeFolder(dir, files),
    read: (names) => readFolderFiles(dir, names),
  };
}

/**
 * A place for a model as the public functions take it: the path of a folder, or a storage of any kind, checked.
 * @throws OptionError for what is neither
 */
export function storageOf(place: string | Storage): Storage {
  return typeof place === 'string' ? folderStorage(place) : checkedStorage(place);
}

/**
 * Writes a folder with these files and a `checksums.json` of their sha256, in place of a former model. All else that is in
 * the folder stays. Whenever it is read, and wherever a crash ends it, a model is found there whole: the former or the new.
 * @returns warnings when it is saved, but files are not in their place yet, or an interrupted save left something
 * @throws ModelError when something is in the way, or it cannot be written; then the former model is there as it was
 */
export async function writeFolder(dir: string, files: Files): Promise<WriteReport> {
  for (const name of Object.keys(files)) checkName(name);
  const target = await orModelError(dir, async () => {
    const place = await expectPlace(dir, Object.keys(files));
    await commit(place, { ...files, [CHECKSUMS]: await checksumsOf(files) });
    return place;
  });
  return { warnings: [...(await bringHome(dir, target)), ...(await clearLeftovers(target).catch(() => []))] };
}

/** The save counts: what fails from now on is no failure of it. */
async function bringHome(dir: string, target: string): Promise<string[]> {
  try {
    await syncFolder(target);
    await rollForward(target);
    return [];
  } catch (error) {
    return [
      `model folder: ${quote(dir)} is saved and can be loaded, but its files were to be moved out of ${NEXT} in it, and ${inWords(error)}; then save again`,
    ];
  }
}

/**
 * Whether `save` would take this path: to ask before the work whose result it is to hold. It does all that a save does but
 * the last step, with a few bytes, and leaves the folder as it is. A former model may be there with whatever lies beside
 * it, an empty folder, or nothing.
 * @throws ModelError when the path holds something other than a model, or cannot be written to; OptionError for no path
 * @example
 * ```ts
 * import { mkdir, writeFile } from 'node:fs/promises';
 * import { expectReplaceable } from 'keepgate';
 *
 * await expectReplaceable('a-new-folder');
 * await mkdir('notes');
 * await writeFile('notes/todo.txt', 'train');
 * await expectReplaceable('notes'); // throws: ModelError: model folder: a model or an empty folder was expected at...
 * ```
 */
export async function expectReplaceable(dir: string): Promise<void> {
  await orModelError(dir, async () => rehearse(await expectPlace(dir, MODEL_NAMES)));
}

async function orModelError<T>(dir: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new ModelError(`model folder: ${quote(dir)} was to be written, but ${inWords(error)}`);
  }
}
