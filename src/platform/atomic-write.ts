import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

type Data = string | Uint8Array;

/** A former folder that was replaced, and could not be removed. */
export interface Leftover {
  readonly path: string;
  /** Why not, as the system says it. */
  readonly error: unknown;
}

/**
 * Write a file whole or not at all: what was there before stays until all is on the disk.
 * @throws the system's error, and then no other file is left behind
 */
export async function replaceFile(path: string, data: Data): Promise<void> {
  const target = resolve(path);
  const { fresh } = siblingsOf(target);
  await orRemove(fresh, async () => {
    await writeSynced(fresh, data);
    await rename(fresh, target);
  });
  await syncFolder(dirname(target));
}

/**
 * Write a folder with these files whole or not at all, in place of what is there. A crash in the midst of it can leave a
 * `.keepgate-*` folder next to the path: `.old` holds the former folder whole, `.new` can be removed.
 * @returns what is left of a former folder: then the new one is in place all the same
 * @throws the system's error, and then the former folder is as it was, and no other file is left behind
 */
export async function replaceFolder(path: string, files: Readonly<Record<string, Data>>): Promise<Leftover | null> {
  const target = resolve(path);
  const { fresh, former } = siblingsOf(target);
  const replaces = await stat(target).then(
    () => true,
    () => false,
  );
  await orRemove(fresh, async () => {
    await mkdir(fresh, { recursive: true });
    for (const [name, data] of Object.entries(files)) await writeSynced(join(fresh, name), data);
    await syncFolder(fresh);
    // Unlike a file, a folder cannot take another's place in one go.
    if (replaces) await rename(target, former);
    try {
      await rename(fresh, target);
    } catch (error) {
      if (replaces) await rename(former, target);
      throw error;
    }
  });
  await syncFolder(dirname(target));
  if (!replaces) return null;
  return rm(former, { recursive: true, force: true }).then(
    () => null,
    (error: unknown) => ({ path: former, error }),
  );
}

/**
 * Siblings of the target lie on the same disk, where a rename takes effect at once. Not mkdtemp: its folders are closed
 * to other users, and so would be what is made of them.
 */
function siblingsOf(target: string): { readonly fresh: string; readonly former: string } {
  const sibling = join(dirname(target), `.keepgate-${crypto.randomUUID()}`);
  return { fresh: `${sibling}.new`, former: `${sibling}.old` };
}

/** Do what makes a file or folder and moves it away; when that fails, remove it. */
async function orRemove(fresh: string, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    // Why it failed counts, and not that it could not be removed either.
    await rm(fresh, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

async function writeSynced(path: string, data: Data): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes new names in a folder survive a power cut, where the system lets a folder be opened: Windows does not. */
async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close().catch(() => {});
}
