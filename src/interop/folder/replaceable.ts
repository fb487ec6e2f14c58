import { entriesOf, kindAt, kindBehind, realPath } from '#platform/files.js';
import { basename, dirname, join, resolve } from '#platform/paths.js';
import { ModelError, OptionError, show } from '../../errors.ts';
import { parseChecksums } from './checksums.ts';
import { type Look, textAt, whenStill } from './look.ts';
import { CHECKSUMS, MODEL_NAMES, NEXT, quote } from './names.ts';

/**
 * The absolute path, behind links, of a folder that a model can be saved to: it is there, or can come to be there, and
 * holds nothing that a save would write over.
 * @param fresh the names of the files that are to be written
 * @throws OptionError for what is no path; ModelError that says what is in the way
 */
export async function expectPlace(dir: string, fresh: readonly string[]): Promise<string> {
  if (typeof dir !== 'string' || dir === '') {
    throw new OptionError(
      `model folder: the path of a folder was expected, but ${show(dir)} came; pass one, such as "model"`,
    );
  }
  if ((await kindBehind(dir)) === null) return futurePath(dir);
  const target = await realPath(dir);
  await expectFolder(dir, target);
  await whenStill(target, (look) => checkContents(dir, target, fresh, look));
  return target;
}

/** Where a folder will be that is not there yet: in the nearest one that is. */
async function futurePath(dir: string): Promise<string> {
  const rest: string[] = [];
  let nearest = dir;
  while ((await kindAt(nearest)) === null && dirname(nearest) !== nearest) {
    rest.unshift(basename(nearest));
    nearest = dirname(nearest);
  }
  const target = await realPath(nearest);
  if ((await kindBehind(nearest)) === null) {
    throw new ModelError(
      `model folder: a folder was expected at ${quote(nearest)}, but a link to nothing came; make the folder that it leads to, or choose another path`,
    );
  }
  await expectFolder(nearest, target);
  return resolve(target, ...rest);
}

async function expectFolder(path: string, target: string): Promise<void> {
  const kind = await kindBehind(target);
  if (kind === 'a folder') return;
  throw new ModelError(
    `model folder: a folder was expected at ${quote(path)}, but ${kind ?? 'nothing'} came; choose another path`,
  );
}

/** @throws ModelError for a folder of somebody's other things, and for a file that is not ours in the place of one */
async function checkContents(dir: string, target: string, fresh: readonly string[], look: Look): Promise<void> {
  const { checksums, hasChecksums } = look;
  const nextKind = await kindAt(join(target, NEXT));
  if (nextKind !== null && nextKind !== 'a folder') throw inTheWay(dir, NEXT, nextKind);
  if (hasChecksums && checksums === null) {
    throw new ModelError(
      `model folder: a model or an empty folder was expected at ${quote(dir)}, but its ${CHECKSUMS} is damaged or of another tool, so that nothing tells which files are a model's; remove it, or choose another path`,
    );
  }
  if (checksums === null) {
    // What is hidden is no sign of a folder in use, and neither is what a file system makes in itself.
    const seen = (await entriesOf(target)).find(({ name }) => !name.startsWith('.') && name !== 'lost+found');
    if (seen !== undefined) {
      throw new ModelError(
        `model folder: a model or an empty folder was expected at ${quote(dir)}, but it has ${quote(seen.name)}, and no model with a ${CHECKSUMS}; choose another path`,
      );
    }
  }
  const inPlace = parseChecksums((await textAt(join(target, CHECKSUMS))) ?? '');
  const isOurs = (name: string): boolean =>
    name === CHECKSUMS ? hasChecksums : checksums?.has(name) || inPlace?.has(name) || false;
  for (const name of new Set([...fresh, ...MODEL_NAMES, CHECKSUMS])) {
    const kind = await kindAt(join(target, name));
    if (kind !== null && !(isOurs(name) && (kind === 'a file' || kind === 'a link'))) throw inTheWay(dir, name, kind);
  }
}

function inTheWay(dir: string, name: string, kind: string): ModelError {
  return new ModelError(
    `model folder: a place for ${quote(name)} was expected in ${quote(dir)}, but ${kind} of that name came that is not its model's; move it away, or choose another path`,
  );
}
