import { errorCode, KeepgateError, messageOf } from '../errors.ts';

/** What the codes of the system mean, and what to do. */
const MEANINGS: Readonly<Record<string, readonly [meaning: string, advice: string]>> = {
  EACCES: ['access is denied', 'check the permissions, or choose another path'],
  EBUSY: ['it is in use or a mount point', 'close what uses it, or choose another path'],
  EDQUOT: ['the quota is used up', 'free some space, or choose another disk'],
  EEXIST: ['something of that name is there', 'move it away'],
  EFBIG: ['the disk takes no file of that size', 'choose another disk'],
  EIO: ['the disk failed', 'check the disk, or choose another one'],
  EISDIR: ['a folder is in the place of a file', 'move it away'],
  ELOOP: ['a link leads to itself', 'mend the link'],
  EMFILE: ['too many files are open', 'close some'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter one'],
  ENFILE: ['too many files are open', 'close some'],
  ENOENT: ['no such path is there', 'check the path'],
  ENOSPC: ['the disk is full', 'free some space, or choose another disk'],
  ENOTDIR: ['a part of the path is a file', 'check the path'],
  ENOTEMPTY: ['something is in the folder', 'move it away'],
  EPERM: ['it is not permitted', 'check the permissions, or choose another path'],
  EROFS: ['the disk is read-only', 'choose another path'],
  ESTALE: ['the disk of the network is gone', 'connect it again'],
};

/** What Node says of a path with a null byte in it, where the system would see its end. */
const NULL_BYTE = 'ERR_INVALID_ARG_VALUE';

/** Why the system refused, and what to do about it. It is told by the code alone: an error's class may be of another realm. */
export function inWords(error: unknown): string {
  // Ours say all that already.
  if (error instanceof KeepgateError) return error.message;
  const code = errorCode(error) ?? '';
  // Of paths it says this alone, in words of its own.
  if (code === NULL_BYTE) return 'a path without null bytes is needed; check the path';
  const known = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  return known === undefined
    ? `${messageOf(error)} came; check the path`
    : `${known[0]} (${messageOf(error)}); ${known[1]}`;
}
