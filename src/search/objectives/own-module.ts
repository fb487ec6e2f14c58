import { readBytes } from '#platform/files.js';
import { importPackage } from '../../platform/packages/import-package.js';
import { pathToFileURL, resolve } from '#platform/paths.js';
import { isPlain } from '../../checks.ts';
import { DataError, messageOf, OptionError, show } from '../../errors.ts';
import { sha256 } from '../../interop/folder/checksums.ts';
import { inWords } from '../../interop/system-error.ts';
import type { EpochScores } from '../job.ts';
import type { Train, Trial } from './train-function.ts';

/** The SHA-256 of a module, whose own imports are no part of it. @throws DataError where it cannot be read */
export async function hashOfModule(path: string): Promise<string> {
  try {
    return await sha256(await readBytes(path));
  } catch (error) {
    throw new DataError(`search: the module ${show(path)} was to be read, but ${inWords(error)}`);
  }
}

/** What a module exports. @throws DataError where it is another module than that of the hash, or cannot be imported */
export async function importModule(path: string, hash: string): Promise<unknown> {
  if ((await hashOfModule(path)) !== hash) {
    throw new DataError(
      `search: the module that the study began with was expected at ${path}, but another is there; put it back`,
    );
  }
  try {
    return await importPackage(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new DataError(`search: the module ${show(path)} was to be imported, but it threw ${show(messageOf(error))}`);
  }
}

/** What a module exports as `train`. @throws DataError as {@link importModule}; OptionError where it is no function */
export async function importTrain(path: string, hash: string): Promise<Train> {
  const { train } = (await importModule(path, hash)) as { train?: unknown };
  if (typeof train === 'function') return train as Train;
  throw new OptionError(`search: a function was expected as train of ${path}, but ${show(train)} came; export one`);
}

/** The scores that a training gave. @throws OptionError unless it gave as many as it was to */
export function scoresIn(outcome: unknown, { from, to }: Trial): readonly EpochScores[] {
  const scores: unknown = Object(outcome).scores;
  const areScores =
    Array.isArray(scores) &&
    scores.length === to - from &&
    scores.every((one) => isPlain(one) && Object.values(one).every((value) => typeof value === 'number'));
  if (areScores) return scores;
  throw new OptionError(
    `train: { scores } with ${to - from} objects of numbers was expected, one an epoch after ${from}, but ${show(scores)} came`,
  );
}
