import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../errors.ts';
import { checkWritable, kindBehind, realPath } from './files.ts';

type Data = string | Uint8Array;

/** A file of one write, beside what it is to become: on the same disk, where a rename takes effect at once. */
const besides = (target: string): string => join(dirname(target), `.keepgate-${crypto.randomUUID()}.tmp`);

/**
 * Write a file whole or not at all: what was there before stays until all is on the disk. Where another file cannot take
 * its place, such as that of a mount point, it is written over; a device or a pipe gets the data as it is.
 * @throws the system's error, and then no other file is left behind
 */
export async function replaceFile(path: string, data: Data): Promise<void> {
  const kind = await kindBehind(path);
  if (kind === 'something else') return writeOver(path, data);
  // The file behind a link, and not the link.
  const target = await realPath(path);
  try {
    await becoming(target, data, (fresh) => rename(fresh, target));
  } catch (error) {
    if (kind === null || !isFixed(error)) throw error;
    return writeOver(target, data);
  }
  await syncFolder(dirname(target));
}

/**
 * Do all of `replaceFile` that leaves the file as it is, to know of what would fail.
 * @throws the system's error, and no other file is left behind
 */
export async function rehearseReplacement(path: string): Promise<void> {
  const kind = await kindBehind(path);
  // Not opened: a pipe would wait for its reader.
  if (kind === 'something else') return checkWritable(path);
  const target = await realPath(path);
  const denied = kind === null ? undefined : await whyReadOnly(target);
  try {
    await becoming(target, 'rehearsal', (fresh) => rm(fresh));
  } catch (error) {
    if (kind === null || denied !== undefined || !isFixed(error)) throw error;
  }
  // Who may not write to a file may exchange it for another. Not so where the disk is read-only at this very file.
  if (errorCode(denied) === 'EROFS') throw denied;
}

/** What comes of opening a file to write it over; undefined when nothing is in the way. */
async function whyReadOnly(path: string): Promise<unknown> {
  try {
    await (await open(path, 'r+')).close();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Whether a file may not be exchanged for another, though it may be writable: a mount point, or a folder of others. */
function isFixed(error: unknown): boolean {
  return /^(EACCES|EBUSY|EPERM|EROFS|EXDEV)$/.test(errorCode(error) ?? '');
}

/** Write a file beside the target and move it away; when that fails, remove it. */
async function becoming(target: string, data: Data, moveAway: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = besides(target);
  try {
    await writeSynced(fresh, data);
    await moveAway(fresh);
  } catch (error) {
    // Why it failed counts, and not that it could not be removed either.
    await rm(fresh, { force: true }).catch(() => {});
    throw error;
  }
}

async function writeOver(path: string, data: Data): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(data);
    await orUnsynced(() => file.sync());
  } finally {
    await file.close();
  }
}

/** Writes a new file, and has it on the disk. @throws the system's error, EEXIST where something stands */
export async function writeSynced(path: string, data: Data): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(data);
    await orUnsynced(() => file.sync());
  } finally {
    await file.close();
  }
}

/** Makes new names in a folder survive a power cut, where the system lets a folder be opened: Windows does not. */
export async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r').catch(() => undefined);
  if (folder === undefined) return;
  try {
    await orUnsynced(() => folder.sync());
  } finally {
    await folder.close();
  }
}

/** Systems and hosts that have no such call, or not for this file. Yarn's Plug'n'Play gives no code at all. */
const NO_SYNC = new Set([undefined, 'EBADF', 'EINVAL', 'EISDIR', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM']);

/** What a full or broken disk says of it is a failure; that it cannot be asked for is none. */
export async function orUnsynced(sync: () => Promise<void>): Promise<void> {
  try {
    await sync();
  } catch (error) {
    if (!NO_SYNC.has(errorCode(error))) throw error;
  }
}
