import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors.ts';
import { isRunning, type ProcessName, thisProcess } from './processes.ts';

const NAME = 'in-use';

/** Folders that this process holds. */
const held = new Set<string>();

/**
 * Has this process alone work on a folder, until it gives it back or ends: what a process that is gone has left is taken over.
 * @returns what gives it back; or, where another holds the folder, the file that says so, and who it is
 */
export async function lockFolder(
  dir: string,
): Promise<(() => Promise<void>) | { readonly file: string; readonly holder: ProcessName }> {
  const file = join(dir, NAME);
  const own = thisProcess();
  for (;;) {
    if (held.has(file)) return { file, holder: own };
    try {
      await writeFile(file, JSON.stringify(own), { flag: 'wx' });
      held.add(file);
      return async () => {
        held.delete(file);
        await rm(file, { force: true });
      };
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const holder = await holderIn(file);
    if (holder !== null && !isGone(holder, own)) return { file, holder };
    await rm(file, { force: true });
  }
}

/** The process that works on a folder; null where none does, or it is gone. */
export async function folderHolder(dir: string): Promise<ProcessName | null> {
  const file = join(dir, NAME);
  const holder = await holderIn(file);
  return holder !== null && !held.has(file) && isGone(holder, thisProcess()) ? null : holder;
}

/** One of another machine is not known to be gone. One of our own number is: it was started again under the same one, as in a container. */
function isGone({ pid, host }: ProcessName, own: ProcessName): boolean {
  return host === own.host && (pid === own.pid || !isRunning(pid));
}

/** Null where nobody can be told, as of a file that was being written when the machine stopped. */
async function holderIn(file: string): Promise<ProcessName | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return null;
  }
}
