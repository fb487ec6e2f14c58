/** Saves of one run in a folder of their own each, by how many of its steps were done. */
import { isMissing, kindBehind, removeFile, removeFolder } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { KeepgateError, ModelError } from '../../errors.ts';
import { expectReplaceable, readFolderFiles, writeFolder } from '../folder.ts';
import type { Files } from '../storage.ts';
import { inWords } from '../system-error.ts';
import { expectNotInUse, IN_USE } from './in-use.ts';
import { removeUnfinished } from './leftovers.ts';
import { lookAt, namesIn } from './look.ts';
import { CHECKSUMS, isUnfinished, NEXT, quote } from './names.ts';
import { isNotEmpty } from './roll-forward.ts';

/** The files of a step: nothing else is removed with it. */
export const STEP_FILES = ['run.json', 'run.safetensors'] as const;

/** `step-00000120`: names in the order of their numbers. */
const STEP = /^step-(\d{8,16})$/;

function nameOf(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

/**
 * Save the files of a step. Once they are on the disk, whole, older steps are removed.
 * @param keep how many steps stay, this one included
 * @throws ModelError when they cannot be written; then all is as it was
 */
export async function writeStep(dir: string, step: number, files: Files, keep: number): Promise<void> {
  await writeFolder(join(dir, nameOf(step)), files);
  const steps = (await stepsIn(dir)).filter((one) => one !== step);
  const surplus = steps.slice(0, Math.max(0, steps.length - keep + 1));
  // One that stays because it cannot be removed is of no harm.
  for (const one of surplus) await removeStep(dir, one).catch(() => {});
}

/**
 * To ask before the work that is to be saved.
 * @throws ModelError when the folder cannot be written to, another run writes to it, or it has steps that come after this one: those
 *   of another run
 */
export async function expectStepsUpTo(dir: string, step: number): Promise<void> {
  await orModelError(dir, () => expectNotInUse(dir));
  const newest = await newestStep(dir);
  if (newest !== null && newest > step) {
    throw new ModelError(
      `checkpoint: a folder without checkpoints of another run was expected at ${quote(dir)}, but it has ${nameOf(newest)}; go on from it with resume, choose another folder, or remove it`,
    );
  }
  try {
    await expectReplaceable(join(dir, nameOf(step)));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new ModelError(error.message.replace(/^model folder: /, 'checkpoint: '));
  }
}

/**
 * The files of the newest step that was saved to its end.
 * @throws ModelError when there is none, or its files are not as they were written
 */
export async function readNewestStep(dir: string): Promise<Record<string, Uint8Array>> {
  const step = await orModelError(dir, () => newestStep(dir));
  if (step === null) {
    throw new ModelError(
      `resume: a folder with a checkpoint was expected at ${quote(dir)}, but there is none; check the path, or begin anew`,
    );
  }
  const path = join(dir, nameOf(step));
  try {
    return await readFolderFiles(path, STEP_FILES);
  } catch (error) {
    throw new ModelError(
      `resume: a whole checkpoint was expected at ${quote(path)}, but ${reasonOf(error)}; remove it to go on from the one before, if there is one, or begin anew`,
    );
  }
}

/** The number of the newest step that was saved to its end; null where there is none. */
export async function newestStep(dir: string): Promise<number | null> {
  for (const step of (await stepsIn(dir)).reverse()) if (await wasSaved(dir, step)) return step;
  return null;
}

/** Removes all steps of a folder, and the folder if nothing else is in it. */
export async function removeSteps(dir: string): Promise<void> {
  await orModelError(dir, async () => {
    for (const step of await stepsIn(dir)) await removeStep(dir, step);
    await removeIfThere(join(dir, IN_USE));
  });
  await removeFolder(dir).catch(() => {});
}

/** The numbers of the steps in a folder, in their order. */
async function stepsIn(dir: string): Promise<number[]> {
  if ((await kindBehind(dir)) !== 'a folder') return [];
  const names = await namesIn(dir);
  const steps = names.flatMap((name) => STEP.exec(name)?.[1] ?? []).map(Number);
  return steps.filter(Number.isSafeInteger).sort((a, b) => a - b);
}

/** Not so where the save, or the removal, was killed. */
async function wasSaved(dir: string, step: number): Promise<boolean> {
  return (await lookAt(join(dir, nameOf(step)))).hasChecksums;
}

/** What makes it count as saved goes first. What others have put there stays. */
async function removeStep(dir: string, step: number): Promise<void> {
  const path = join(dir, nameOf(step));
  for (const name of [CHECKSUMS, ...STEP_FILES]) await removeIfThere(join(path, name));
  for (const name of await namesIn(path)) {
    if (name === NEXT || isUnfinished(name)) await removeUnfinished(join(path, name));
  }
  await removeFolder(path).catch((error: unknown) => {
    if (!isNotEmpty(error)) throw error;
  });
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await removeFile(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** What an error says, without its who and its advice. */
function reasonOf(error: unknown): string {
  return inWords(error)
    .replace(/^model folder: /, '')
    .replace(/;[^;]*$/, '');
}

async function orModelError<T>(dir: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new ModelError(`checkpoint: ${quote(dir)} was to be used, but ${inWords(error)}`);
  }
}
