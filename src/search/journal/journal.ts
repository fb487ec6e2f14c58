import { openAppendFile, type AppendFile } from '#platform/logs/append-file.js';
import { isPlain } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import { inWords } from '../../interop/system-error.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Entry } from './entries.ts';

const NEWLINE = 0x0a;

/**
 * The journal of a study: a file of JSON Lines that grows at its end alone. A study that goes on writes its entries again from
 * the first one: as far as they are in the file they are compared with it, and only then added. So what a study is at does not depend on how often
 * it was stopped, and a journal that is of another study, or that somebody has changed, is refused.
 */
export class Journal {
  readonly #path: string;
  readonly #file: AppendFile;
  /** What was there when it was opened. */
  readonly entries: readonly Entry[];
  #position = 0;

  private constructor(path: string, file: AppendFile, entries: readonly Entry[]) {
    this.#path = path;
    this.#file = file;
    this.entries = entries;
  }

  /**
   * Open a journal, or begin one. Of a line that a crash has cut off, what there is of it is taken away.
   * @throws DataError where it cannot be read or written, and for a line that is no entry
   */
  static async open(path: string): Promise<Journal> {
    const file = await orDataError(path, () => openAppendFile(path));
    try {
      const { entries, size } = parse(path, file.bytes);
      if (size < file.bytes.length) await orDataError(path, () => file.truncate(size));
      return new Journal(path, file, entries);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Whether all that was there when it was opened has come again. */
  get isPast(): boolean {
    return this.#position >= this.entries.length;
  }

  /**
   * The next entries of the study: on the disk when this comes back.
   * @throws DataError where others are there, and when they cannot be written
   */
  async put(entries: readonly Entry[]): Promise<void> {
    const fresh = entries.filter((entry) => !this.#isThere(entry));
    if (fresh.length === 0) return;
    const text = fresh.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    await orDataError(this.#path, () => this.#file.append(text));
  }

  /** @throws DataError where there is more than the study came to */
  end(): void {
    if (!this.isPast) throw this.#edited('the end', this.entries[this.#position] as Entry);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #isThere(entry: Entry): boolean {
    const there = this.entries[this.#position];
    if (there === undefined) return false;
    const wanted = content(entry);
    if (wanted !== content(there)) {
      if (this.#position > 1) throw this.#edited(wanted, there);
      throw new DataError(
        `journal: that of this study was expected at ${show(this.#path)}, but one of another came; give the same study, or choose another folder`,
      );
    }
    this.#position += 1;
    return true;
  }

  #edited(wanted: string, there: Entry): DataError {
    const line = this.#position + 1;
    return new DataError(
      `journal: ${wanted} was expected in line ${line} of ${show(this.#path)}, but ${canonicalJson(there)} came, as if somebody had changed it, or removed results; put back what was there, or choose another folder`,
    );
  }
}

/** The entries of a journal, without a line that is not there as a whole. @throws DataError for a line that is no entry */
export function readEntries(path: string, bytes: Uint8Array): readonly Entry[] {
  return parse(path, bytes).entries;
}

/** @returns the entries, and up to where in the file they are */
function parse(path: string, bytes: Uint8Array): { readonly entries: readonly Entry[]; readonly size: number } {
  const size = bytes.lastIndexOf(NEWLINE) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, size)).split('\n').slice(0, -1);
  return { entries: lines.map((line, i) => entryOf(path, line, i + 1)), size };
}

function entryOf(path: string, line: string, number: number): Entry {
  try {
    const entry: unknown = JSON.parse(line);
    if (isPlain(entry) && Number.isSafeInteger(entry.op_code)) return entry;
  } catch {
    // No JSON.
  }
  throw new DataError(
    `journal: an entry was expected in line ${number} of ${show(path)}, but ${show(line)} came; put back what was there, or choose another folder`,
  );
}

/** All of an entry but the time of day. */
function content({ datetime_start: _, datetime_complete: __, ...entry }: Entry): string {
  return canonicalJson(entry);
}

async function orDataError<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw new DataError(`journal: ${show(path)} was to be read and written, but ${inWords(error)}`);
  }
}
