import { readNewestStep, writeStep } from '../../interop/folder/steps.ts';
import { OptionError, show } from '../../errors.ts';
import { runFromFiles, runToFiles } from './run-files.ts';
import type { RunState } from './run-state.ts';

/** Save a run in a folder of checkpoints. @throws ModelError when it cannot be written; then those that are there stay */
export async function writeCheckpoint(dir: string, state: RunState, keep: number): Promise<void> {
  const { updates, before } = state;
  await writeStep(dir, updates - before.updates, runToFiles(state), keep);
}

/** The newest run in a folder of checkpoints. @throws ModelError when there is none, or it is damaged; OptionError for no path */
export async function readCheckpoint(dir: string): Promise<RunState> {
  if (dir === '') throw new OptionError(`resume: the path of a folder was expected, but ${show(dir)} came; pass one`);
  return runFromFiles(await readNewestStep(dir));
}
