import { openAppendFile } from '#platform/logs/append-file.js';
import { kindBehind, readBytes, removeAll } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { DataError, show } from '../../errors.ts';
import { inWords } from '../../interop/system-error.ts';
import { OPERATIONS } from './entries.ts';
import { readEntries } from './journal.ts';

const NEWLINE = 0x0a;

/**
 * Has a study forget the trials that failed: its journal ends where the first of them did, and what is kept of failed jobs is removed. All
 * else that is kept stays, so that going on trains nothing else twice, but what is decided otherwise now.
 * @throws DataError where that cannot be read or written
 */
export async function forgetFailures(folder: string): Promise<void> {
  const path = join(folder, 'journal.jsonl');
  try {
    if ((await kindBehind(path)) === null) return;
    const entries = readEntries(path, await readBytes(path));
    const attributes = entries.map((entry) =>
      entry.op_code === OPERATIONS.trialAttribute ? (Object(entry.user_attr) as Readonly<Record<string, unknown>>) : {},
    );
    const first = attributes.findIndex((attribute) => Object.hasOwn(attribute, 'keepgate:failed'));
    if (first === -1) return;
    const failed = new Set(
      entries
        .filter((_, i) => Object.hasOwn(attributes[i] as object, 'keepgate:failed'))
        .map(({ trial_id }) => trial_id),
    );
    const jobs = attributes.flatMap((attribute, i) =>
      failed.has(entries[i]?.trial_id)
        ? Object.entries(attribute).flatMap(([name, ids]) =>
            name.startsWith('keepgate:jobs') ? (ids as string[]) : [],
          )
        : [],
    );
    // The journal first: with the results that it tells of, a study that is stopped here is what it was.
    const file = await openAppendFile(path);
    try {
      await file.truncate(sizeOf(file.bytes, first));
    } finally {
      await file.close();
    }
    for (const id of jobs) await removeFailed(join(folder, 'results', `${id}.json`));
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`search: ${show(path)} was to be read and written, but ${inWords(error)}`);
  }
}

async function removeFailed(path: string): Promise<void> {
  if ((await kindBehind(path)) === null) return;
  const { result } = Object(JSON.parse(new TextDecoder().decode(await readBytes(path))));
  if (Object.hasOwn(Object(result), 'failed')) await removeAll(path);
}

/** How many bytes so many lines have. */
function sizeOf(bytes: Uint8Array, lines: number): number {
  let size = 0;
  for (let line = 0; line < lines; line++) size = bytes.indexOf(NEWLINE, size) + 1;
  return size;
}
