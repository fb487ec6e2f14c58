/** Which process writes the steps of a folder: one at a time, as two runs would remove each other's. */
import { realPath, removeFolder } from '#platform/files.js';
import { type FolderHolder, holderOf, type LockKind, lockFolder } from '#platform/process/folder-lock.js';
import { ModelError } from '../../errors.ts';
import { quote } from './names.ts';
import { makeLevels } from './write.ts';

/** The file that names the process. One that a process left which was killed says nothing any more. */
export const IN_USE = '.keepgate-in-use';

/** Those of other machines are not seen: training goes on in a container that has another name than the one before it. */
const LOCK: LockKind = { name: IN_USE, machines: 'this one' };

/** @throws ModelError while another run of this machine writes to the folder; on a disk that machines share, those of others are not seen */
export async function expectNotInUse(dir: string): Promise<void> {
  const holder = await holderOf(dir, LOCK);
  if (holder !== null) throw inUse(dir, holder);
}

/**
 * From now on the folder is in use. Where that cannot be written down, as on a full disk, nobody sees it.
 * @returns what ends it
 * @throws ModelError while another run writes to it
 */
export async function useFolder(dir: string): Promise<() => Promise<void>> {
  const target = await realPath(dir);
  const made: string[] = [];
  const release = await makeLevels(target, made)
    .then(() => lockFolder(target, LOCK))
    .catch(() => async () => {});
  if (typeof release !== 'function') throw inUse(dir, release);
  return async () => {
    await release();
    for (const folder of made.reverse()) await removeFolder(folder).catch(() => {});
  };
}

function inUse(dir: string, { file, holder, isSelf }: FolderHolder): ModelError {
  const by = isSelf ? 'another run of this process' : `process ${holder.pid}`;
  return new ModelError(
    `checkpoint: a folder that no other run writes to was expected at ${quote(dir)}, but ${by} does; wait for its end or choose another folder${isSelf ? '' : `, or remove ${quote(file)} if that is no training`}`,
  );
}
