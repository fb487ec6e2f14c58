import { isMissing, kindAt, move, readBytes, removeFile, removeFolder } from '#platform/files.js';
import { syncFolder } from '#platform/atomic-write.js';
import { join } from '#platform/paths.js';
import { errorCode, ModelError } from '../../errors.ts';
import { parseChecksums, sha256 } from './checksums.ts';
import { committedIds, namesIn, namesInNext, pause, textAt, WAITS } from './look.ts';
import { CHECKSUMS, formerName, freshName, isPlain, NEXT, parseFreshName, quote } from './names.ts';

/**
 * Brings a save that counts to its end: each of its files to its place. It may be of anybody, who may be at it now or have
 * been killed, and any number may do this at once: what one has moved the others do not find, and its names are those of
 * this save alone. So who comes too late moves nothing of a later one.
 */
export async function rollForward(target: string): Promise<void> {
  const names = await namesInNext(target);
  for (const id of committedIds(names)) await bringHome(target, id, names);
  await unlessGone(removeFolder(join(target, NEXT))).catch(async (error: unknown) => {
    if (!isNotEmpty(error)) throw error;
    const strange = (await namesInNext(target)).find((name) => parseFreshName(name) === null);
    // If not, another save has come there meanwhile: what we were called for is done.
    if (strange === undefined) return;
    throw new ModelError(
      `model folder: saved files alone were expected in ${quote(join(target, NEXT))}, but ${quote(strange)} came with them; move it away`,
    );
  });
}

async function bringHome(target: string, id: string, names: readonly string[]): Promise<void> {
  const next = join(target, NEXT);
  const ours = names.map(parseFreshName).filter((one) => one?.id === id);
  for (const one of ours) {
    const name = one?.name ?? '';
    if (name === CHECKSUMS || freshName(id, name) === formerName(id) || !isPlain(name)) continue;
    await unlessGone(move(join(next, freshName(id, name)), join(target, name)));
  }
  await removeFormer(target, id);
  // On a disk that loses power, what says that all is in its place must not come before it.
  await syncFolder(target);
  await unlessGone(move(join(next, freshName(id, CHECKSUMS)), join(target, CHECKSUMS)));
}

/**
 * Takes away the files of the former model that this save has not. They are moved to a folder that is there only as long as
 * no later save can have begun, and removed there: who comes too late removes nothing.
 */
async function removeFormer(target: string, id: string): Promise<void> {
  const former = join(target, NEXT, formerName(id));
  const fresh = parseChecksums((await textAt(join(target, NEXT, freshName(id, CHECKSUMS)))) ?? '');
  const old = parseChecksums((await textAt(join(target, CHECKSUMS))) ?? '');
  for (const [name, sum] of (fresh && old) ?? []) {
    if (fresh?.has(name) || !isPlain(name) || name === CHECKSUMS) continue;
    // What somebody has changed since is not ours.
    if (await holds(join(target, name), sum)) await unlessGone(move(join(target, name), join(former, name)));
  }
  // Another who ends this save may put a file there after we have looked.
  for (const wait of WAITS) {
    await pause(wait);
    for (const name of await namesIn(former)) await unlessGone(removeFile(join(former, name)));
    try {
      return await unlessGone(removeFolder(former));
    } catch (error) {
      if (!isNotEmpty(error) || wait === WAITS.at(-1)) throw error;
    }
  }
}

async function holds(path: string, sum: string): Promise<boolean> {
  const kind = await kindAt(path);
  if (kind !== 'a file' && kind !== 'a link') return false;
  try {
    return (await sha256(await readBytes(path))) === sum;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** For what somebody else may have done already. */
export async function unlessGone(act: Promise<void>): Promise<void> {
  try {
    await act;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** What a rename to, or the removal of, a folder says that has something in it. */
export function isNotEmpty(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}
