import { entriesOf, isMissing, kindBehind, readBytes, realPath } from '#platform/files.js';
import { basename, dirname, join, resolve } from '#platform/paths.js';
import { KeepgateError, ModelError } from '../../errors.ts';
import { inWords } from '../system-error.ts';
import { type Checksums, parseChecksums, sha256 } from './checksums.ts';
import { type Look, namesIn, textAt, whenStill } from './look.ts';
import { CHECKSUMS, checkName, freshName, isPlain, isUnfinished, MODEL_NAMES, NEXT, quote } from './names.ts';

/**
 * The named files of a model's folder, each checked against its checksums. Whatever is being saved to it meanwhile, they
 * are of one save. Nothing is written.
 * @throws ModelError when there is no model, or a file is damaged: not as it was written
 */
export async function readFolderFiles(dir: string, names: readonly string[]): Promise<Record<string, Uint8Array>> {
  for (const name of names) checkName(name);
  try {
    const found = (await kindBehind(dir)) ?? 'nothing';
    if (found !== 'a folder') {
      const advice = found === 'nothing' ? await adviceOnNothing(dir) : 'check the path';
      throw new ModelError(`model folder: a folder was expected at ${quote(dir)}, but ${found} came; ${advice}`);
    }
    // A link that is set to another folder meanwhile does not make a mixture.
    const target = await realPath(dir);
    return await whenStill(target, async ({ checksums, hasChecksums, next }) => {
      if (checksums === null) throw await noModel(dir, hasChecksums);
      const files = names.map(async (name) => [name, await readChecked(dir, target, name, checksums, next)] as const);
      return Object.fromEntries(await Promise.all(files));
    });
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new ModelError(`model folder: ${quote(dir)} was to be read, but ${inWords(error)}`);
  }
}

async function readChecked(
  dir: string,
  target: string,
  name: string,
  checksums: Checksums,
  next: Look['next'],
): Promise<Uint8Array> {
  const expected = checksums.get(name);
  if (expected === undefined) throw unlisted(dir, name, checksums);
  const fresh = next && freshName(next.id, name);
  const bytes =
    (fresh !== null && next?.names.has(fresh) ? await readFrom(dir, join(target, NEXT, fresh)) : null) ??
    (await readFrom(dir, join(target, name)));
  if (bytes === null) throw damaged(dir, name, 'a file', 'nothing came');
  const found = await sha256(bytes);
  if (found !== expected) throw damaged(dir, name, `sha256 ${expected}`, `${found} came`);
  return bytes;
}

/** null where nothing is: it may be in its other place. */
async function readFrom(dir: string, path: string): Promise<Uint8Array | null> {
  try {
    return await readBytes(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw new ModelError(
      `model folder: ${quote(basename(path))} of ${quote(dir)} was to be read, but ${inWords(error)}`,
    );
  }
}

function damaged(dir: string, name: string, expected: string, came: string): ModelError {
  return new ModelError(
    `model folder: ${expected} was expected in ${quote(name)} of ${quote(dir)}, but ${came}; save or copy the model again`,
  );
}

/** A model, but not what was asked for. */
function unlisted(dir: string, name: string, checksums: Checksums): ModelError {
  const found = [...checksums.keys()].map(quote).join(', ');
  if (name !== 'text.json' || !checksums.has('model.json'))
    return damaged(dir, CHECKSUMS, `the sha256 of ${quote(name)}`, `that of ${found} alone came`);
  return new ModelError(
    `model folder: a text classifier was expected in ${quote(dir)}, but a model without ${quote(name)} came, saved as ${found}; load it with loadModel(), or give the folder that a TextClassifier was saved to`,
  );
}

/** What is in a folder that holds no model. */
async function noModel(dir: string, hasChecksums: boolean): Promise<ModelError> {
  if (hasChecksums) return damaged(dir, CHECKSUMS, 'a JSON object of file names and sha256', 'something else came');
  const names = (await entriesOf(dir)).map(({ name }) => name).sort();
  const expected = `model folder: a model that save() wrote was expected in ${quote(dir)}, but`;
  const [unfinished] = names.filter(isUnfinished);
  const seen = names.filter((name) => !name.startsWith('.'));
  if (seen.length > 0) {
    const some = seen.slice(0, 3).map(quote).join(', ');
    const advice = seen.some((name) => MODEL_NAMES.includes(name))
      ? 'it is of another tool, or copied in part: copy all of it again'
      : 'check the path';
    return new ModelError(
      `${expected} ${some}${seen.length > 3 ? ' and more' : ''} and no ${CHECKSUMS} came; ${advice}`,
    );
  }
  return unfinished === undefined
    ? new ModelError(`${expected} an empty folder came; check the path`)
    : new ModelError(
        `${expected} only ${quote(unfinished)} came, of a first save that did not come to its end; save the model again`,
      );
}

/** Version 0.1.0 exchanged the folder itself. Killed in the midst of it, it left the model under other names. */
async function adviceOnNothing(dir: string): Promise<string> {
  const parent = dirname(resolve(dir));
  const siblings = (await namesIn(parent).catch(() => [])).filter((name) =>
    /^\.keepgate-[0-9a-f-]{36}\.(old|new)$/.test(name),
  );
  const found: string[] = [];
  for (const name of siblings)
    if (await holdsModel(join(parent, name)).catch(() => false)) found.push(quote(join(parent, name)));
  if (found.length === 0) return 'check the path';
  return `an interrupted save of version 0.1.0 may have left its model as ${found.join(' or ')}: give that its name back`;
}

async function holdsModel(dir: string): Promise<boolean> {
  const checksums = parseChecksums((await textAt(join(dir, CHECKSUMS))) ?? '');
  for (const [name, sum] of checksums ?? []) {
    if (!isPlain(name) || (await sha256(await readBytes(join(dir, name)))) !== sum) return false;
  }
  return checksums !== null;
}
