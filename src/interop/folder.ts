/**
 * A model folder on disk, which is replaced as a whole or not at all. Node modules are imported inside the functions,
 * so that a browser can load what imports this file.
 */
import { ModelError } from '../errors.ts';

/** The file that tells a model folder from any other. */
const MODEL = 'model.json';
const CHECKSUMS = 'checksums.json';

type Files = Readonly<Record<string, string | Uint8Array>>;

/**
 * Writes a folder with these files and a `checksums.json` of their sha256, in place of a former model.
 * When that fails, the former model is still there, and no other file is left behind. A crash in the midst of it can
 * leave a `.keepgate-*` folder next to the path: `.old` holds the former model whole, `.new` can be removed.
 * @throws ModelError when the path holds something other than a model, or cannot be written
 */
export async function writeFolder(dir: string, files: Files): Promise<void> {
  for (const name of Object.keys(files)) checkName(name);
  try {
    await replaceFolder(dir, { ...files, [CHECKSUMS]: await checksumsOf(files) });
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(
      `model folder: ${quote(dir)} was to be written, but ${reason(error)} came; check the path, the permissions and the free space`,
    );
  }
}

/**
 * The named files of a model folder, each checked against `checksums.json`.
 * @throws ModelError when the folder or a file is missing, or a file is not as it was written
 */
export async function readFolderFiles(dir: string, names: readonly string[]): Promise<Record<string, Uint8Array>> {
  const found = await kindOf(dir).catch(reason);
  if (found !== 'a folder') {
    throw new ModelError(`model folder: a folder was expected at ${quote(dir)}, but ${found} came; check the path`);
  }
  const checksums = parseChecksums(dir, await readBytes(dir, CHECKSUMS));
  const files = names.map(async (name) => [name, await readChecked(dir, name, checksums)] as const);
  return Object.fromEntries(await Promise.all(files));
}

/**
 * Whether `writeFolder` would take this path: to ask before the work whose result it is to hold.
 * @throws ModelError when the path holds something other than a model
 */
export async function expectReplaceable(dir: string): Promise<void> {
  const target = await realPath(dir);
  await checkReplaceable(target);
  await checkWritable(target);
}

/** The folder that a model is moved into must be one, and open to us: the nearest that exists, for those yet to be made. */
async function checkWritable(target: string): Promise<void> {
  const { access, constants } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  let parent = dirname(target);
  while ((await kindOf(parent)) === 'nothing') parent = dirname(parent);
  const open =
    (await kindOf(parent)) === 'a folder' &&
    (await access(parent, constants.W_OK).then(
      () => true,
      () => false,
    ));
  if (!open) {
    throw new ModelError(
      `model folder: a folder to write to was expected at ${quote(parent)}, but it is a file or not writable; choose another path`,
    );
  }
}

async function replaceFolder(dir: string, files: Files): Promise<void> {
  const { mkdir, rename, rm } = await import('node:fs/promises');
  const { dirname, join } = await import('node:path');
  const { randomUUID } = await import('node:crypto');
  const target = await realPath(dir);
  const exists = await checkReplaceable(target);
  // Siblings of the target lie on the same disk, where a rename takes effect at once. Not mkdtemp: its folders are
  // closed to other users, and so would the model be.
  const sibling = join(dirname(target), `.keepgate-${randomUUID()}`);
  const fresh = `${sibling}.new`;
  const former = `${sibling}.old`;
  try {
    await mkdir(fresh, { recursive: true });
    for (const [name, data] of Object.entries(files)) await writeSynced(join(fresh, name), data);
    await syncFolder(fresh);
    if (exists) await rename(target, former);
    try {
      await rename(fresh, target);
    } catch (error) {
      if (exists) await rename(former, target);
      throw error;
    }
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(dirname(target));
  await removeFormer(dir, former);
}

/** The path behind links: a link to a model goes on pointing to it, also when the model is replaced. */
async function realPath(dir: string): Promise<string> {
  const { realpath } = await import('node:fs/promises');
  const { resolve } = await import('node:path');
  try {
    return await realpath(dir);
  } catch (error) {
    if (isMissing(error)) return resolve(dir);
    throw error;
  }
}

/** Whether there is a folder to replace; an empty one counts as a model, since nothing is lost with it. */
async function checkReplaceable(target: string): Promise<boolean> {
  const { readdir } = await import('node:fs/promises');
  const kind = await kindOf(target);
  if (kind === 'nothing') return false;
  if (kind === 'a file') {
    throw new ModelError(
      `model folder: a folder was expected at ${quote(target)}, but a file came; choose another path`,
    );
  }
  const names = await readdir(target);
  // Both: other tools call a file model.json too.
  if (names.length > 0 && !(names.includes(MODEL) && names.includes(CHECKSUMS))) {
    throw new ModelError(
      `model folder: a model or an empty folder was expected at ${quote(target)}, but it has other files and no ${MODEL} with ${CHECKSUMS}; choose another path`,
    );
  }
  return true;
}

async function kindOf(path: string): Promise<'nothing' | 'a file' | 'a folder'> {
  const { stat } = await import('node:fs/promises');
  try {
    return (await stat(path)).isDirectory() ? 'a folder' : 'a file';
  } catch (error) {
    if (isMissing(error)) return 'nothing';
    throw error;
  }
}

async function writeSynced(path: string, data: string | Uint8Array): Promise<void> {
  const { open } = await import('node:fs/promises');
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
  const { open } = await import('node:fs/promises');
  const folder = await open(dir, 'r').catch(() => undefined);
  try {
    await folder?.sync().catch(() => undefined);
  } finally {
    await folder?.close();
  }
}

async function removeFormer(dir: string, former: string): Promise<void> {
  const { rm } = await import('node:fs/promises');
  try {
    await rm(former, { recursive: true, force: true });
  } catch (error) {
    throw new ModelError(
      `model folder: ${quote(dir)} is written, and ${quote(former)} with the former model was to be removed, but ${reason(error)} came; remove it by hand`,
    );
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
  const bytes = await readBytes(dir, name);
  const found = await sha256(bytes);
  if (found !== expected) throw damaged(dir, name, `sha256 ${expected}`, found);
  return bytes;
}

async function readBytes(dir: string, name: string): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  try {
    // A plain Uint8Array: the methods of a Buffer differ.
    return new Uint8Array(await readFile(join(dir, name)));
  } catch (error) {
    throw damaged(dir, name, 'a file', isMissing(error) ? 'nothing' : reason(error));
  }
}

async function sha256(data: string | Uint8Array): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(data).digest('hex');
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** In full, unlike show: half a path helps nobody. */
function quote(path: string): string {
  return JSON.stringify(path);
}
