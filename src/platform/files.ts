import {
  access,
  constants,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises';
import { platform } from 'node:os';
import { resolve } from 'node:path';
import { errorCode } from '../errors.ts';

// What fails here fails with the system's error, whose `code` says why: ENOENT, EACCES and so on.

/** What lies in a folder. */
export interface Entry {
  readonly name: string;
  /** Whether it is a file, and neither a folder nor a link. */
  readonly isFile: boolean;
}

/** What stands at a path. A device or a pipe is something else. */
export type Kind = 'a folder' | 'a file' | 'a link' | 'something else';

/** The bytes of a file, as a plain Uint8Array: the methods of Node's Buffer differ. */
export async function readBytes(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const { buffer, byteOffset, length } = await readFile(path);
  // One that shares the pool of small buffers is copied out of it.
  return byteOffset === 0 && length === buffer.byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(buffer.slice(byteOffset, byteOffset + length));
}

/** Whether a path leads to a folder; a file is what else it can lead to. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}

/** What is in a folder, in the order of the file system. */
export async function entriesOf(dir: string): Promise<readonly Entry[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.map((entry) => ({ name: entry.name, isFile: entry.isFile() }));
}

/** What stands at a path itself, which may be a link; null where nothing does. */
export function kindAt(path: string): Promise<Kind | null> {
  return kindBy(lstat, path);
}

/** What a path leads to, links followed; null where that is nothing. */
export function kindBehind(path: string): Promise<Kind | null> {
  return kindBy(stat, path);
}

async function kindBy(look: typeof stat, path: string): Promise<Kind | null> {
  try {
    const found = await look(path);
    if (found.isDirectory()) return 'a folder';
    if (found.isFile()) return 'a file';
    return found.isSymbolicLink() ? 'a link' : 'something else';
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Tells a file from any that stands at its path before or after it; null where none stands. */
export async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await lstat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** How long ago a file, or what a folder lists, was changed, in ms. */
export async function millisecondsSinceChange(path: string): Promise<number> {
  return Date.now() - (await lstat(path)).mtimeMs;
}

/** Fails unless this process may write to a file, or make files in a folder. */
export async function checkWritable(path: string): Promise<void> {
  await access(path, constants.W_OK);
}

/** Makes one folder. Never the way to it: asked to, Node does not come back where the system refuses, as in /proc. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path);
}

/** Gives a file or a folder another path on its disk, at once. A file takes the place of a file. */
export function move(from: string, to: string): Promise<void> {
  return oncePutDown(() => rename(from, to));
}

export function removeFile(path: string): Promise<void> {
  return oncePutDown(() => unlink(path));
}

/** Fails unless the folder is empty. */
export function removeFolder(path: string): Promise<void> {
  return oncePutDown(() => rmdir(path));
}

/** Removes what stands at a path, with all that is in it; nothing need be there. */
export function removeAll(path: string): Promise<void> {
  return oncePutDown(() => rm(path, { recursive: true, force: true }));
}

/** Windows refuses to move or remove what somebody has open, be it a reader or a virus scanner, who is soon done. */
async function oncePutDown(act: () => Promise<void>): Promise<void> {
  for (const wait of platform() === 'win32' ? [5, 10, 20, 40, 80, 160, 320] : []) {
    try {
      return await act();
    } catch (error) {
      if (!/^(EACCES|EBUSY|EPERM)$/.test(errorCode(error) ?? '')) throw error;
      await new Promise((done) => {
        setTimeout(done, wait);
      });
    }
  }
  return act();
}

/** The absolute path behind links; where nothing is yet, the path itself made absolute. */
export async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return resolve(path);
    throw error;
  }
}

/** Whether an error says that nothing is at a path. ENOTDIR comes where the path leads through a file. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
