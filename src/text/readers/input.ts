import { bytesOf } from '#platform/byte-streams.js';
import { DataError, errorCode, KeepgateError, messageOf } from '../../errors.ts';

/** Bytes that are read once, from their beginning to their end. */
export interface Input {
  /** What they are called in messages: a path, or 'standard input'. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The bytes of a file. @throws DataError, as they are read, when they cannot be */
export function fileInput(path: string): Input {
  return { name: path, bytes: piecesOf(path) };
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* bytesOf(path);
  } catch (error) {
    throw cannotOpen(path, 'a file', error);
  }
}

/** Why a path could not be opened, by the code of the system or of Node; ENOTDIR also comes for a path that leads through a file. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'nothing is there; check the path'],
  ['EISDIR', 'a folder came; name a file'],
  ['ERR_INVALID_ARG_VALUE', 'a null byte is in it, which no path has; check the path'],
  ['ENOTDIR', 'a file came where the path needs a folder; check the path'],
]);

/** What a failed attempt to open a path means for the user: an error of ours says it already. */
export function cannotOpen(path: string, expected: string, error: unknown): KeepgateError {
  if (error instanceof KeepgateError) return error;
  const code = errorCode(error) ?? messageOf(error);
  const reason = REASONS.get(code) ?? `it cannot be opened (${code}); check its name and its permissions`;
  return new DataError(`${path}: ${expected} was expected, but ${reason}`);
}
