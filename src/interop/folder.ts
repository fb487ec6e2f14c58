/** A model folder on disk, which is replaced as a whole or not at all. */
import { replaceFolder } from '#platform/atomic-write.js';
import { checkWritable, entriesOf, isFolder, isMissing, readBytes, realPath } from '#platform/files.js';
import { dirname, join } from '#platform/paths.js';
import { KeepgateError, ModelError } from '../errors.ts';
import { checkedStorage, type Files, type Storage, type WriteReport } from './storage.ts';

/** The file that tells a model folder from any other. */
const MODEL = 'model.json';
const CHECKSUMS = 'checksums.json';

/** A folder of the disk as a place for a model: see {@link writeFolder} and {@link readFolderFiles}. */
export function folderStorage(dir: string): Storage {
  return {
    write: (files) => writeFolder(dir, files),
    read: (names) => readFolderFiles(dir, names),
  };
}

/**
 * A place for a model as the public functions take it: the path of a folder, or a storage of any kind, checked.
 * @throws OptionError for what is neither
 */
export function storageOf(place: string | Storage): Storage {
  return typeof place === 'string' ? folderStorage(place) : checkedStorage(place);
}

/**
 * Writes a folder with these files and a `checksums.json` of their sha256, in place of a former model.
 * When that fails, the former model is still there, and no other file is left behind. A crash in the midst of it can
 * leave a `.keepgate-*` folder next to the path: `.old` holds the former model whole, `.new` can be removed.
 * @returns a warning when all is written, but the former model could not be removed
 * @throws ModelError when the path holds something other than a model, is or holds the working directory, or cannot be written
 */
export async function writeFolder(dir: string, files: Files): Promise<WriteReport> {
  for (const name of Object.keys(files)) checkName(name);
  try {
    const target = await realPath(dir);
    await checkReplaceable(target, Object.keys(files));
    const leftover = await replaceFolder(target, { ...files, [CHECKSUMS]: await checksumsOf(files) });
    if (leftover === null) return { warnings: [] };
    const { path, error } = leftover;
    return {
      warnings: [
        `model folder: ${quote(dir)} is written, and ${quote(path)} with the former model was to be removed, but ${reason(error)} came; remove it by hand`,
      ],
    };
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new ModelError(
      `model folder: ${quote(dir)} was to be written, but ${reason(error)} came; check the path, the permissions and the free space`,
    );
  }
}

/**
 * The named files of a model folder, each checked against `checksums.json`.
 * @throws ModelError when the folder or a file is missing, or a file is damaged: not as it was written
 */
export async function readFolderFiles(dir: string, names: readonly string[]): Promise<Record<string, Uint8Array>> {
  const found = await kindOf(dir).catch(reason);
  if (found !== 'a folder') {
    throw new ModelError(`model folder: a folder was expected at ${quote(dir)}, but ${found} came; check the path`);
  }
  const checksums = parseChecksums(dir, await readFrom(dir, CHECKSUMS));
  const files = names.map(async (name) => [name, await readChecked(dir, name, checksums)] as const);
  return Object.fromEntries(await Promise.all(files));
}

/**
 * Whether `save` would take this path: to ask before the work whose result it is to hold. A former model, an empty
 * folder, or nothing may be there.
 * @throws ModelError when the path holds something other than a model, is or holds the working directory, or cannot be written to
 * @example
 * ```ts
 * import { mkdir, writeFile } from 'node:fs/promises';
 * import { expectReplaceable } from 'keepgate';
 *
 * await expectReplaceable('a-new-folder');
 * await mkdir('notes');
 * await writeFile('notes/todo.txt', 'train');
 * await expectReplaceable('notes'); // throws: ModelError: model folder: a model or an empty folder was expected at...
 * ```
 */
export async function expectReplaceable(dir: string): Promise<void> {
  const target = await realPath(dir);
  await checkReplaceable(target);
  await checkParent(target);
}

/** The folder that a model is moved into must be one, and open to us: the nearest that exists, for those yet to be made. */
async function checkParent(target: string): Promise<void> {
  let parent = dirname(target);
  while ((await kindOf(parent)) === 'nothing') parent = dirname(parent);
  const open =
    (await kindOf(parent)) === 'a folder' &&
    (await checkWritable(parent).then(
      () => true,
      () => false,
    ));
  if (!open) {
    throw new ModelError(
      `model folder: a folder to write to was expected at ${quote(parent)}, but it is a file or not writable; choose another path`,
    );
  }
}

/**
 * Nothing may be lost but a model. An empty folder counts as one.
 * @param fresh the names of the files that are to be written, if they are known
 */
async function checkReplaceable(target: string, fresh: readonly string[] = []): Promise<void> {
  const kind = await kindOf(target);
  if (kind === 'nothing') return;
  if (kind === 'a file') {
    throw new ModelError(
      `model folder: a folder was expected at ${quote(target)}, but a file came; choose another path`,
    );
  }
  if (await holdsWorkingDirectory(target)) {
    throw new ModelError(
      `model folder: a folder of its own was expected, as it is replaced as a whole, but ${quote(target)} is the working directory or above it; choose another path`,
    );
  }
  const names = (await entriesOf(target)).map(({ name }) => name);
  if (names.length === 0) return;
  // Both: other tools call a file model.json too.
  if (!(names.includes(MODEL) && names.includes(CHECKSUMS))) {
    throw new ModelError(
      `model folder: a model or an empty folder was expected at ${quote(target)}, but it has other files and no ${MODEL} with ${CHECKSUMS}; choose another path`,
    );
  }
  // Of a damaged one, only the names that come again are known to be a model's.
  const former = await readBytes(join(target, CHECKSUMS))
    .then((bytes) => [...parseChecksums(target, bytes).keys()])
    .catch(() => []);
  const foreign = names.filter((name) => ![MODEL, CHECKSUMS, ...former, ...fresh].includes(name));
  if (foreign.length > 0) {
    throw new ModelError(
      `model folder: a model alone was expected at ${quote(target)}, as it is replaced as a whole, but ${foreign.map(quote).join(', ')} came with it; move it away, or choose another path`,
    );
  }
}

/** Whether a folder is the working directory or one that it lies in: moving it aside would take that along. */
async function holdsWorkingDirectory(target: string): Promise<boolean> {
  let at = await realPath('.');
  while (at !== target && at !== dirname(at)) at = dirname(at);
  return at === target;
}

async function kindOf(path: string): Promise<'nothing' | 'a file' | 'a folder'> {
  try {
    return (await isFolder(path)) ? 'a folder' : 'a file';
  } catch (error) {
    if (isMissing(error)) return 'nothing';
    throw error;
  }
}

async function checksumsOf(files: Files): Promise<string> {
  const entries = Object.entries(files).map(async ([name, data]) => [name, await sha256(data)] as const);
  return `${JSON.stringify(Object.fromEntries(await Promise.all(entries)), null, 2)}\n`;
}

function parseChecksums(dir: string, bytes: Uint8Array): ReadonlyMap<string, unknown> {
  try {
    return new Map(Object.entries(JSON.parse(new TextDecoder().decode(bytes))));
  } catch {
    throw damaged(dir, CHECKSUMS, 'a JSON object of file names and sha256', 'something else');
  }
}

async function readChecked(dir: string, name: string, checksums: ReadonlyMap<string, unknown>): Promise<Uint8Array> {
  checkName(name);
  const expected = checksums.get(name);
  if (typeof expected !== 'string' || !/^[0-9a-f]{64}$/.test(expected)) {
    throw damaged(
      dir,
      CHECKSUMS,
      `the sha256 of ${quote(name)}`,
      expected === undefined ? 'nothing' : 'something else',
    );
  }
  const bytes = await readFrom(dir, name);
  const found = await sha256(bytes);
  if (found !== expected) throw damaged(dir, name, `sha256 ${expected}`, found);
  return bytes;
}

async function readFrom(dir: string, name: string): Promise<Uint8Array> {
  try {
    return await readBytes(join(dir, name));
  } catch (error) {
    throw damaged(dir, name, 'a file', isMissing(error) ? 'nothing' : reason(error));
  }
}

/** In hexadecimal. */
async function sha256(data: string | Uint8Array): Promise<string> {
  // Files are never in memory that threads share, which could change meanwhile.
  const bytes = (typeof data === 'string' ? new TextEncoder().encode(data) : data) as Uint8Array<ArrayBuffer>;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A file lies in the folder itself: a name with a path in it could reach any place on the disk. */
function checkName(name: string): void {
  if (/^\.{0,2}$|[/\\]/.test(name) || name === CHECKSUMS) {
    throw new ModelError(
      `model folder: a plain file name other than ${CHECKSUMS} was expected, but ${quote(name)} came; rename the file`,
    );
  }
}

function damaged(dir: string, name: string, expected: string, came: string): ModelError {
  return new ModelError(
    `model folder: ${expected} was expected in ${quote(name)} of ${quote(dir)}, but ${came} came; save or copy the model again`,
  );
}

/** Why the system refused. @throws an error of ours, which says it already */
function reason(error: unknown): string {
  if (error instanceof KeepgateError) throw error;
  return error instanceof Error ? error.message : String(error);
}

/** In full, unlike show: half a path helps nobody. */
function quote(path: string): string {
  return JSON.stringify(path);
}
