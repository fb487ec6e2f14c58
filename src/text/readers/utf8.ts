import { readBytes } from '#platform/files.js';
import { DataError, KeepgateError } from '../../errors.ts';

const LINE_FEED = 10;

/** Why a path could not be opened, by the code of the system; ENOTDIR also comes for a path that leads through a file. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'nothing is there; check the path'],
  ['EISDIR', 'a folder came; name a file'],
  ['ENOTDIR', 'a file came where the path needs a folder; check the path'],
]);

/**
 * The text of a UTF-8 file, without its byte order mark.
 * @throws DataError when it cannot be read, or is not UTF-8
 */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path).catch((error: unknown) => {
    throw cannotOpen(path, 'a file', error);
  });
  return decodeUtf8(path, bytes);
}

/**
 * The text of UTF-8 bytes, without a byte order mark.
 * @param path where the bytes come from, for the message
 * @throws DataError with the line of the first byte that is not UTF-8
 */
export function decodeUtf8(path: string, bytes: Uint8Array): string {
  const text = tryDecode(bytes);
  if (text !== undefined) return text;
  throw new DataError(
    `${path}, line ${firstBadLine(bytes)}: UTF-8 was expected, but other bytes came; save the file as UTF-8`,
  );
}

/** What a failed attempt to open a path means for the user: an error of ours says it already. */
export function cannotOpen(path: string, expected: string, error: unknown): KeepgateError {
  if (error instanceof KeepgateError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const reason = REASONS.get(code) ?? `it cannot be opened (${code}); check its name and its permissions`;
  return new DataError(`${path}: ${expected} was expected, but ${reason}`);
}

/** A line feed is never part of a longer character, so every line can be tried by itself. */
function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  let end = bytes.indexOf(LINE_FEED);
  while (end !== -1 && tryDecode(bytes.subarray(start, end)) !== undefined) {
    line += 1;
    start = end + 1;
    end = bytes.indexOf(LINE_FEED, start);
  }
  return line;
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    // A TypeError is what the standard gives for broken bytes; too long a text, for one, is another matter.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
