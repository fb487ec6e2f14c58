import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Options } from 'csv-parse';
import { errorCode } from '../errors.ts';

// What fails here fails with the system's error, whose `code` says why: ENOENT, EACCES and so on.

/** So many bytes of a file are read at a time: more makes nothing faster. */
const PIECE = 2 ** 18;

/** The bytes of a file, or of a pipe that has a name, piece by piece. */
export function bytesOf(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: PIECE });
}

/** What a name in a folder leads to, links followed. */
export interface Listed {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other' | 'broken link';
}

/** What is in a folder, in the order of the file system. */
export async function listingOf(dir: string): Promise<Listed[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const listed: Listed[] = [];
  for (const entry of entries) {
    // Asking about a link costs a call of the system, which a folder of 50,000 files need not pay.
    const found = entry.isSymbolicLink() ? await behind(join(dir, entry.name)) : entry;
    const kind = found === null ? 'broken link' : found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
    listed.push({ name: entry.name, kind });
  }
  return listed;
}

async function behind(link: string): Promise<Awaited<ReturnType<typeof stat>> | null> {
  try {
    return await stat(link);
  } catch (error) {
    if (/^(ENOENT|ENOTDIR|ELOOP)$/.test(errorCode(error) ?? '')) return null;
    throw error;
  }
}

/** A parser of CSV that is fed piece by piece, and hands rows to `on_record`. */
export interface CsvParser {
  /** Fails with the error of csv-parse, or with what `on_record` threw. */
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** csv-parse stands on Node's streams, which a bundle for pages has not. */
export async function csvParser(options: Options): Promise<CsvParser> {
  const { parse } = await import('csv-parse');
  const parser = parse(options);
  const settled = (act: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      act((error) => (error ? reject(error) : resolve()));
    });
  // Each call tells of its own error; without a listener the stream would tell of it again, and end the process.
  parser.on('error', () => {});
  // All rows go to `on_record`: nothing is left to read but the end.
  parser.resume();
  return {
    write: (bytes) => settled((done) => parser.write(bytes, done)),
    end: () => settled((done) => parser.end(done)),
  };
}
