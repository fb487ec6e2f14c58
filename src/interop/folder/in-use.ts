/** Which process writes the steps of a folder: one at a time, as two runs would remove each other's. */
import { writeSynced } from '#platform/atomic-write.js';
import { isMissing, millisecondsSinceChange, realPath, removeFile, removeFolder } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { isRunning, millisecondsSinceBoot, type ProcessName, thisProcess } from '#platform/process/processes.js';
import { errorCode, ModelError } from '../../errors.ts';
import { textAt } from './look.ts';
import { quote } from './names.ts';
import { makeLevels } from './write.ts';

/** The file that names the process. One that a process left which was killed says nothing any more. */
export const IN_USE = '.keepgate-in-use';

/** The folders that runs of this process write to. */
const ours = new Set<string>();

/** @throws ModelError while another run of this machine writes to the folder; on a disk that machines share, those of others are not seen */
export async function expectNotInUse(dir: string): Promise<void> {
  const target = await realPath(dir);
  const path = join(target, IN_USE);
  const by = await ownerOf(path);
  const { pid, host } = thisProcess();
  if (by === null || by.host !== host) return;
  const isSelf = by.pid === pid;
  if (isSelf ? !ours.has(target) : !isRunning(by.pid)) return;
  if ((await sinceChange(path)) > millisecondsSinceBoot()) return;
  throw new ModelError(
    `checkpoint: a folder that no other run writes to was expected at ${quote(dir)}, but ${isSelf ? 'another run of this process' : `process ${by.pid}`} does; wait for its end or choose another folder${isSelf ? '' : `, or remove ${quote(path)} if that is no training`}`,
  );
}

/**
 * From now on the folder is in use. Where that cannot be written down, as on a full disk, nobody sees it.
 * @returns what ends it
 * @throws ModelError while another run writes to it
 */
export async function useFolder(dir: string): Promise<() => Promise<void>> {
  const target = await realPath(dir);
  const path = join(target, IN_USE);
  const made: string[] = [];
  for (let tries = 3; tries > 0; tries--) {
    await expectNotInUse(target);
    try {
      await makeLevels(target, made);
      // What is there is of a process that has ended.
      await removeFile(path).catch(() => {});
      await writeSynced(path, `${JSON.stringify(thisProcess())}\n`);
      break;
    } catch (error) {
      // Another came between.
      if (errorCode(error) !== 'EEXIST') break;
    }
  }
  ours.add(target);
  return async () => {
    ours.delete(target);
    await removeFile(path).catch(() => {});
    for (const folder of made.reverse()) await removeFolder(folder).catch(() => {});
  };
}

/** Null where none is named. */
async function ownerOf(path: string): Promise<ProcessName | null> {
  try {
    const { pid, host } = Object(JSON.parse((await textAt(path)) ?? 'null')) as ProcessName;
    return Number.isSafeInteger(pid) && pid > 0 && typeof host === 'string' ? { pid, host } : null;
  } catch {
    return null;
  }
}

async function sinceChange(path: string): Promise<number> {
  try {
    return await millisecondsSinceChange(path);
  } catch (error) {
    if (isMissing(error)) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
