import { join } from 'node:path';
import { errorCode } from '../../errors.ts';
import { writeSynced } from '../atomic-write.ts';
import { isMissing, millisecondsSinceChange, readBytes, realPath, removeFile } from '../files.ts';
import { isRunning, millisecondsSinceBoot, type ProcessName, thisProcess } from './processes.ts';

/** How a folder is locked: by a file in it that names the process. */
export interface LockKind {
  /** The name of the file. */
  readonly name: string;
  /** Whose files count: on a disk that machines share, whether a process of another one is gone cannot be seen. */
  readonly machines: 'all' | 'this one';
}

/** Who works on a folder. */
export interface FolderHolder {
  /** The file that says so. */
  readonly file: string;
  readonly holder: ProcessName;
  /** Whether it is this process. */
  readonly isSelf: boolean;
}

/** The files by which this process holds folders. */
const held = new Set<string>();

/** Who works on a folder; null for nobody, as where the process that the file names is gone. */
export async function holderOf(dir: string, kind: LockKind): Promise<FolderHolder | null> {
  const file = join(await realPath(dir), kind.name);
  return held.has(file) ? { file, holder: thisProcess(), isSelf: true } : otherHolder(file, kind);
}

/**
 * Has this process alone work on a folder, until it gives it back or ends: what a process that is gone has left is taken over.
 * @returns what gives it back; or, where another holds the folder, who it is
 * @throws the system's error where the file cannot be written
 */
export async function lockFolder(dir: string, kind: LockKind): Promise<(() => Promise<void>) | FolderHolder> {
  const file = join(await realPath(dir), kind.name);
  if (held.has(file)) return { file, holder: thisProcess(), isSelf: true };
  // Before anything else is waited for, so that no other run of this process takes the file for one that is left over.
  held.add(file);
  const release = async (): Promise<void> => {
    held.delete(file);
    await removeFile(file).catch(() => {});
  };
  try {
    for (;;) {
      if (await written(file)) return release;
      const other = await otherHolder(file, kind);
      if (other !== null) {
        held.delete(file);
        return other;
      }
      await removeFile(file).catch((error: unknown) => {
        // Another was faster.
        if (!isMissing(error)) throw error;
      });
    }
  } catch (error) {
    held.delete(file);
    throw error;
  }
}

/** False where a file of that name is there. */
async function written(file: string): Promise<boolean> {
  try {
    await writeSynced(file, `${JSON.stringify(thisProcess())}\n`);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The process that a file names, if it is at work. One of our own number is gone: it was started again under it, as in a container. */
async function otherHolder(file: string, { machines }: LockKind): Promise<FolderHolder | null> {
  const holder = await namedIn(file);
  if (holder === null) return null;
  const { pid, host } = thisProcess();
  const isSeen = holder.host === host;
  if (!isSeen && machines === 'this one') return null;
  if (isSeen && (holder.pid === pid || !isRunning(holder.pid) || (await isOfBeforeBoot(file)))) return null;
  return { file, holder, isSelf: false };
}

/** Null where nobody is named, as in a file that was being written when the machine stopped. */
async function namedIn(file: string): Promise<ProcessName | null> {
  try {
    const { pid, host } = Object(JSON.parse(new TextDecoder().decode(await readBytes(file)))) as ProcessName;
    return Number.isSafeInteger(pid) && pid > 0 && typeof host === 'string' ? { pid, host } : null;
  } catch {
    return null;
  }
}

/** Whoever has the number of a process of before is another one. */
async function isOfBeforeBoot(file: string): Promise<boolean> {
  try {
    return (await millisecondsSinceChange(file)) > millisecondsSinceBoot();
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}
