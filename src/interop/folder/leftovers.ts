import { kindAt, millisecondsSinceChange, move, removeFile, removeFolder } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { namesIn } from './look.ts';
import { formerName, isUnfinished, parseFreshName, quote, unfinishedName } from './names.ts';

/** No save writes that long without a word, so that who left something so old was killed. */
const HOUR = 3_600_000;

/**
 * Removes what saves that were killed have left in a folder, once it is an hour old.
 * @returns a line for each of what is left: it may be of a save that is at work
 */
export async function clearLeftovers(target: string): Promise<string[]> {
  const told: string[] = [];
  for (const name of (await namesIn(target)).filter(isUnfinished)) {
    const path = join(target, name);
    try {
      if ((await millisecondsSinceChange(path)) > HOUR) await removeLeftover(target, path);
      else
        told.push(
          `model folder: ${quote(path)} is of another save, which is at work or was interrupted; a save in an hour removes it, or you do`,
        );
    } catch {
      // Gone, or not ours to remove: of no harm to anybody.
    }
  }
  return told;
}

/** Under a new name first: should its save go on after all, it finds nothing, and not a half of what it wrote. */
async function removeLeftover(target: string, path: string): Promise<void> {
  const claimed = join(target, unfinishedName(crypto.randomUUID()));
  await move(path, claimed);
  await removeUnfinished(claimed);
}

/** Removes what a save wrote that does not count. What else has come to lie with it stays, and makes this fail. */
export async function removeUnfinished(path: string): Promise<void> {
  // A rehearsal that was killed may leave a file.
  if ((await kindAt(path)) !== 'a folder') return removeFile(path);
  for (const fresh of await namesIn(path)) {
    const parsed = parseFreshName(fresh);
    if (parsed === null) continue;
    const isFormer = fresh === formerName(parsed.id);
    await (isFormer ? removeFolder(join(path, fresh)) : removeFile(join(path, fresh)));
  }
  await removeFolder(path);
}
