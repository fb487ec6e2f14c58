/** What a caller gives to be read: bytes, files by name, or a path. */
import { kindAt, kindBehind, readBytes } from '#platform/files.js';
import { dirname, join } from '#platform/paths.js';
import { isPlain, readable } from '../checks.ts';
import { DataError, KeepgateError, show } from '../errors.ts';
import { bytesOf, isDetached } from '../realms.ts';
import { beginsAsZip, readZip } from './archives/read-zip.ts';
import type { FileBytes } from './format.ts';
import { inWords } from './system-error.ts';

/**
 * A file of another program: its bytes, the files that it is made of by name, such as `exportModel` gives them, or, where there is
 * a disk, its path. Of a model in several files the path is that of the one that names the others.
 */
export type FileSource = Uint8Array | ArrayBuffer | string | Readonly<Record<string, Uint8Array | ArrayBuffer>>;

/** A name without a path: no folder, drive, address or stream in it. */
const PLAIN_NAME = /^[^/\\:\0]+$/;

/** Whether a value is files as they are read here, and not what was read of them. */
export function isFileSource(value: unknown): value is FileSource {
  if (typeof value === 'string' || isBytes(value)) return true;
  const files = filesByName(value);
  return files !== undefined && files.size > 0;
}

/**
 * The files of a source, each as formats look at it: one, or any of those that are given by name.
 * @throws DataError when it is no source, or the path cannot be read
 */
export async function filesOf(who: string, source: FileSource): Promise<readonly FileBytes[]> {
  if (typeof source === 'string') return [await fileAt(who, source)];
  const bytes = bytesOf(source);
  if (bytes) return [fileOf(bytes, async () => undefined)];
  const files = filesByName(source);
  if (!files || files.size === 0) throw noBytes(who, show(source));
  return [...files].map(([name, given]) => {
    if (!given) throw noBytes(who, `${show(Object(source)[name])} as ${show(name)}`);
    return fileOf(given, async (other) => files.get(other));
  });
}

function noBytes(who: string, came: string): DataError {
  return new DataError(
    `${who}: a Uint8Array or an ArrayBuffer, such files by name, or a path was expected, but ${came} came; of a fetch, pass await response.arrayBuffer()`,
  );
}

/** Also where they are gone: what is said of them is then that. */
function isBytes(value: unknown): boolean {
  return bytesOf(value) !== undefined || isDetached(value);
}

function fileOf(bytes: Uint8Array, beside: FileBytes['beside']): FileBytes {
  return { bytes, archive: beginsAsZip(bytes) ? readZip(bytes) : null, beside };
}

/** Undefined for one whose memory was transferred. */
function filesByName(value: unknown): ReadonlyMap<string, Uint8Array | undefined> | undefined {
  return readable('readTensors', () => {
    if (!isPlain(value)) return undefined;
    const entries = Object.entries(value);
    return entries.every(([, file]) => isBytes(file))
      ? new Map(entries.map(([name, file]) => [name, bytesOf(file)] as const))
      : undefined;
  });
}

async function fileAt(who: string, path: string): Promise<FileBytes> {
  const bytes = await read(who, path);
  return fileOf(bytes, async (name) => {
    // What a file names is read where it lies alone, and never through a link.
    if (!PLAIN_NAME.test(name) || name === '..' || name === '.') return undefined;
    const beside = join(dirname(path), name);
    return (await kindAt(beside)) === 'a file' ? read(who, beside) : undefined;
  });
}

async function read(who: string, path: string): Promise<Uint8Array> {
  try {
    const kind = (await kindBehind(path)) ?? 'nothing';
    if (kind === 'a file') return await readBytes(path);
    const advice = kind === 'a folder' ? 'pass the path of a file in it' : 'check the path';
    throw new DataError(`${who}: a file was expected at ${show(path)}, but ${kind} came; ${advice}`);
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new DataError(`${who}: ${show(path)} was to be read, but ${inWords(error)}`);
  }
}
