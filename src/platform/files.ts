import { access, constants, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

// What fails here fails with the system's error, whose `code` says why: ENOENT, EACCES and so on.

/** What lies in a folder. */
export interface Entry {
  readonly name: string;
  /** Whether it is a file, and neither a folder nor a link. */
  readonly isFile: boolean;
}

/** The bytes of a file, as a plain Uint8Array: the methods of Node's Buffer differ. */
export async function readBytes(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(path));
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

/** Fails unless this process may write to a file, or make files in a folder. */
export async function checkWritable(path: string): Promise<void> {
  await access(path, constants.W_OK);
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
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
