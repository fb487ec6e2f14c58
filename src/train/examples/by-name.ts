import { isPlain, nearest, readable } from '../../checks.ts';
import { DataError, KeepgateError, show } from '../../errors.ts';
import type { Signature, Signatures } from '../../layers/signature.ts';

/** What a sample has of each input or output, all of them one sample after the other. */
export type Columns = Readonly<Record<string, unknown>>;

/** Whether there is one input x, or one output y: it is handed in without its name. */
export function isUnnamed(names: readonly string[]): boolean {
  return names.length === 1 && (names[0] === 'x' || names[0] === 'y');
}

/** The only one of signatures that need no names; null of others. */
export function unnamedOf(signatures: Signatures | null): Signature | null {
  const names = Object.keys(signatures ?? {});
  return isUnnamed(names) ? (signatures?.[names[0] as string] ?? null) : null;
}

/**
 * What was given as `x` or `y`, by the names of the inputs or outputs. With names it is an object of them, or a list with an object for
 * each sample, of which one of `y` may lack some: null stands there.
 * @throws DataError for names that there are not, and for such as are missing
 */
export function columnsOf(part: 'x' | 'y', names: readonly string[], given: unknown, first = 0): Columns {
  if (isUnnamed(names)) return { [names[0] as string]: given };
  if (readable('examples', () => Array.isArray(given))) {
    const rows = readable('examples', () => Array.from(given as readonly unknown[]));
    const all = rows.map((row, i) => byEachName(`examples: sample ${first + i}`, part, names, row, part === 'y'));
    return Object.fromEntries(names.map((name) => [name, all.map((row) => row[name] ?? null)]));
  }
  return byEachName('examples', part, names, given, false);
}

/** @param some whether names may be left out */
function byEachName(who: string, part: string, names: readonly string[], given: unknown, some: boolean): Columns {
  const wanted = `${who}: ${part} by the names ${names.join(', ')} was expected`;
  if (!isPlain(given)) {
    throw new DataError(`${wanted}, but ${show(given)} came; pass ${part}: { ${names[0]}: ... }`);
  }
  const entries = readable(who, () => Object.entries(given));
  const stray = entries.find(([name]) => !names.includes(name))?.[0];
  if (stray !== undefined) {
    const meant = nearest(stray, names);
    throw new DataError(
      `${wanted}, but ${show(stray)} came; ${meant === undefined ? 'check the spelling' : `did you mean ${meant}?`}`,
    );
  }
  const byName = Object.fromEntries(entries);
  const missing = names.find((name) => byName[name] === undefined);
  if (missing === undefined || some) return byName;
  throw new DataError(`${wanted}, but ${missing} is missing; pass it as well`);
}

/** What a check of one of several inputs or outputs says, with its name. @throws whatever `check` does */
export function checkedAs<R>(names: readonly string[], name: string, check: () => R): R {
  if (isUnnamed(names)) return check();
  try {
    return check();
  } catch (error) {
    if (!(error instanceof KeepgateError)) throw error;
    const Same = error.constructor as new (message: string) => KeepgateError;
    throw new Same(error.message.replace(/^([^:]*): /, `$1: ${name.replaceAll('$', '$$$$')}: `));
  }
}
