import { syncFolder, writeSynced } from '#platform/atomic-write.js';
import { isMissing, kindAt, kindBehind, makeFolder, move, removeFile, removeFolder } from '#platform/files.js';
import { dirname, join } from '#platform/paths.js';
import type { Files } from '../storage.ts';
import { removeUnfinished } from './leftovers.ts';
import { pause, WAITS } from './look.ts';
import { formerName, freshName, NEXT, unfinishedName } from './names.ts';
import { isNotEmpty, rollForward } from './roll-forward.ts';

/** What a save has made before it counts. */
interface Begun {
  readonly id: string;
  /** The folder that it writes to. */
  readonly folder: string;
  /** The folders on the way to it that were not there, outermost first. */
  readonly made: readonly string[];
}

/**
 * Puts files in place of those of a former save. They are written to a folder of their own, which is then given the name by
 * which it counts, in one step.
 * @param files with their checksums
 * @throws the system's error, and then all is as it was
 */
export async function commit(target: string, files: Files): Promise<void> {
  await withBegun(target, files, async ({ folder }) => {
    const next = join(target, NEXT);
    for (const [i, wait] of WAITS.entries()) {
      await pause(wait);
      // The save of somebody else, who is at work or was killed.
      if ((await kindAt(next)) !== null) await rollForward(target);
      try {
        return await move(folder, next);
      } catch (error) {
        const isTaken = isNotEmpty(error) || (await kindAt(next)) !== null;
        if (!isTaken || i === WAITS.length - 1) throw error;
      }
    }
  });
}

/**
 * Do all that a save does but the last step, with a few bytes, to know of what would fail. What an interrupted save left
 * to be done is done.
 * @throws the system's error, and all is as it was
 */
export async function rehearse(target: string): Promise<void> {
  if ((await kindAt(target)) !== null) await rollForward(target);
  await withBegun(target, { rehearsal: 'rehearsal' }, async (begun) => {
    const moved = join(target, unfinishedName(crypto.randomUUID()));
    await move(begun.folder, moved);
    await move(moved, begun.folder);
    await move(join(begun.folder, freshName(begun.id, 'rehearsal')), moved);
    await removeFile(moved);
    await undo(begun);
  });
}

async function withBegun(target: string, files: Files, act: (begun: Begun) => Promise<void>): Promise<void> {
  const id = crypto.randomUUID();
  const made: string[] = [];
  const begun = { id, made, folder: join(target, unfinishedName(id)) };
  try {
    await begin(target, begun.folder, made);
    await makeFolder(join(begun.folder, formerName(id)));
    for (const [name, data] of Object.entries(files)) {
      await writeSynced(join(begun.folder, freshName(id, name)), data);
    }
    await syncFolder(begun.folder);
    for (const path of made) await syncFolder(dirname(path));
    await act(begun);
  } catch (error) {
    // Why it failed counts, and not that something could not be removed either.
    await undo(begun);
    throw error;
  }
}

/** @param made gets the folders that were made */
async function begin(target: string, folder: string, made: string[]): Promise<void> {
  for (let tries = 5; ; tries--) {
    try {
      await makeLevels(target, made);
      return await makeFolder(folder);
    } catch (error) {
      // A save beside this one that failed has removed what it had made, which was ours to write to.
      if (!isMissing(error) || tries === 0) throw error;
    }
  }
}

/** Makes a folder with the way to it. @param made gets those that were made, outermost first */
export async function makeLevels(target: string, made: string[]): Promise<void> {
  const missing: string[] = [];
  for (let at = target; (await kindBehind(at)) === null && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const path of missing) {
    try {
      await makeFolder(path);
      made.push(path);
    } catch (error) {
      if ((await kindBehind(path).catch(() => null)) !== 'a folder') throw error;
    }
  }
}

/** Removes what was made, as far as nobody else has put something there. */
async function undo({ folder, made }: Begun): Promise<void> {
  await removeUnfinished(folder).catch(() => {});
  for (const path of [...made].reverse()) await removeFolder(path).catch(() => {});
}
