import { replaceFile } from '#platform/atomic-write.js';
import { entriesOf, kindBehind, makeFolder, removeAll } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { type LockKind, lockFolder } from '#platform/process/folder-lock.js';
import { expectBoolean, expectFunction, isPlain, optionsOf } from '../checks.ts';
import { AbortError, DataError, KeepgateError, OptionError, show } from '../errors.ts';
import { textAt } from '../interop/folder/look.ts';
import { inWords } from '../interop/system-error.ts';
import { canonicalJson } from './canonical-json.ts';
import { Coordinator, type TrialState } from './coordinator.ts';
import type { Driver, Workers } from './drivers/driver.ts';
import { local } from './drivers/local.ts';
import { Journal } from './journal/journal.ts';
import type { Job } from './job.ts';
import { forgetFailures } from './journal/forget-failures.ts';
import { plannedEpochs } from './pruners/pruners.ts';
import { checkpointOf } from './runner.ts';
import { type Params, schemeText } from './space.ts';
import { ResultStore } from './store.ts';
import { type Study, type StudyOptions, studyOf } from './study.ts';

/** How a study is run: nothing of it changes what comes of it. */
export interface SearchOptions {
  /** What trains: `local()` when left out. */
  readonly driver?: Driver;
  /** Stops the search: it goes on from there when it is called again. */
  readonly signal?: AbortSignal;
  /** Has what failed tried again, and with it all that was decided after the first of them. */
  readonly retryFailed?: boolean;
  /** Is told once how much there is to do, and waited for. */
  readonly onBegin?: (plan: SearchPlan) => unknown;
  /** Is told each time that a job begins or ends. */
  readonly onJob?: (progress: JobProgress) => void;
  /** Is told each time that a trial has come to a rung. */
  readonly onTrial?: (trial: TrialResult) => void;
}

/** How much a search has to do. */
export interface SearchPlan {
  /** The folder of the study. */
  readonly folder: string;
  readonly trials: number;
  /** Of each trial: seeds by folds. */
  readonly trainings: number;
  /** Epochs of all trainings, when as many trials go on as the pruner lets; and those of all trials without one. */
  readonly epochs: number;
  readonly most: number;
  readonly monitor: string;
  readonly mode: 'min' | 'max';
}

/** A job begins or ends; 'kept': it has ended before, and is not run again. */
export interface JobProgress {
  readonly job: Job;
  readonly state: 'kept' | 'begun' | 'ended';
}

/** What came of a trial. */
export interface TrialResult {
  readonly number: number;
  readonly params: Params;
  /** The scheme with its values, for `parseScheme`. */
  readonly scheme: string;
  /** 'pruned': it waited for a promotion that never came. 'diverged': its loss was no number any more. */
  readonly state: 'complete' | 'pruned' | 'diverged' | 'failed' | 'running';
  /** The epochs that it was scored after. */
  readonly epochs: number;
  /** The best of its epochs, the mean over seeds and folds; null without a score. */
  readonly score: number | null;
  /** Why it failed; null where it did not. */
  readonly failed: string | null;
}

/** What came of a study. */
export interface StudyResult {
  /** The best of those that had all epochs, or, where none had, of those that had most; null where no trial has a score. */
  readonly best: TrialResult | null;
  /** In the order of their numbers. */
  readonly trials: readonly TrialResult[];
}

const WHO = 'search';

/**
 * Search for the best params of a space. All that comes of it follows from the study, to the bit: neither how many processes there are nor when
 * they end changes anything. The folder of the study has a journal that Optuna reads, `journal.jsonl`; the same call goes on
 * wherever it was stopped, even by a crash.
 * @throws OptionError for an option that is not what it can be, and for another study than the one that the folder has; DataError
 *   for texts, a module, a journal or a folder that are not what they should be; AbortError when the signal stops it;
 *   KeepgateError where a job came to two results, or another search works in the folder
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { search } from 'keepgate/search';
 *
 * const code = 'export const train = async ({ params, to }) => ({ scores: [{ distance: Math.abs(params.x - 0.3) / to }] });';
 * await writeFile('objective.mjs', code);
 * const study = { module: 'objective.mjs', space: { x: [0, 1] }, monitor: 'distance', mode: 'min' as const };
 * const { best, trials } = await search({ ...study, out: 'study', trials: 8, epochs: 1, sampler: 'sobol' });
 * console.log(trials.length, Math.abs(Number(best?.params.x) - 0.3) < 0.13); // prints: 8 true
 * ```
 */
export async function search(study: StudyOptions, options: SearchOptions = {}): Promise<StudyResult> {
  const {
    driver = local(),
    signal,
    retryFailed = false,
    onBegin = () => {},
    onJob = () => {},
    onTrial = () => {},
  } = optionsOf(WHO, options, {
    driver: true,
    signal: true,
    retryFailed: true,
    onBegin: true,
    onJob: true,
    onTrial: true,
  });
  expectBoolean(WHO, 'retryFailed', retryFailed);
  for (const [name, heard] of Object.entries({ onBegin, onJob, onTrial })) expectFunction(WHO, name, heard);
  expectFunction(WHO, 'driver.open', Object(driver).open);
  expectNotAborted(signal);
  const checked = await studyOf(study);
  await openFolder(checked);
  return locked(checked, async () => {
    if (retryFailed) await forgetFailures(checked.places.folder);
    await onBegin(planOf(checked));
    expectNotAborted(signal);
    const workers = await driver.open(checked.places);
    const stop = (): void => void workers.close();
    signal?.addEventListener('abort', stop);
    try {
      return await run(checked, workers, { onJob, onTrial });
    } catch (error) {
      expectNotAborted(signal);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      await workers.close();
    }
  });
}

async function run(
  study: Study,
  workers: Workers,
  { onJob, onTrial }: Required<Pick<SearchOptions, 'onJob' | 'onTrial'>>,
): Promise<StudyResult> {
  const { folder } = study.places;
  const store = new ResultStore(folder);
  const journal = await Journal.open(join(folder, 'journal.jsonl'));
  try {
    const coordinator = new Coordinator(study, journal, {
      run: async (job) => {
        const kept = await store.read(job);
        onJob({ job, state: kept ? 'kept' : 'begun' });
        if (kept) return kept;
        const result = await workers.run(job);
        onJob({ job, state: 'ended' });
        return result;
      },
      forget: async (jobs) => {
        for (const id of jobs) await removeAll(checkpointOf(folder, id));
        await workers.forget?.(jobs);
      },
      onRung: (trial) => onTrial(resultOf(study, trial)),
    });
    await coordinator.run();
    const trials = coordinator.trials.map((trial) => resultOf(study, trial));
    return { best: bestOf(trials, study), trials };
  } finally {
    await journal.close();
  }
}

function planOf({
  places: { folder },
  trials: asked,
  sampler,
  pruner,
  eta,
  seeds,
  folds,
  epochs,
  monitor,
  mode,
}: Study): SearchPlan {
  const trials = Math.min(asked, sampler.trials);
  const trainings = seeds.length * folds;
  const planned = trainings * plannedEpochs(pruner, trials, eta);
  return { folder, trials, trainings, epochs: planned, most: trainings * trials * epochs, monitor, mode };
}

function resultOf({ pruner, mode }: Study, trial: TrialState): TrialResult {
  const { number, params, losses, ended, failed } = trial;
  const rungs = pruner.rungs(number);
  const loss = losses.at(-1) ?? null;
  const isDiverged = losses.length > 0 && loss === null;
  const halted = ended ? (losses.length === rungs.length ? 'complete' : 'pruned') : 'running';
  return {
    number,
    params,
    scheme: schemeText(params),
    state: failed !== null ? 'failed' : isDiverged ? 'diverged' : halted,
    epochs: rungs[losses.length - 1] ?? 0,
    score: loss === null ? null : mode === 'max' ? -loss : loss,
    failed,
  };
}

/** Trials with fewer epochs are not compared with those that have more. */
function bestOf(trials: readonly TrialResult[], { mode }: Study): TrialResult | null {
  const scored = trials.filter(({ score }) => score !== null);
  const most = Math.max(...scored.map(({ epochs }) => epochs));
  const sign = mode === 'max' ? -1 : 1;
  const [best = null] = scored
    .filter(({ epochs }) => epochs === most)
    .sort((a, b) => sign * (Number(a.score) - Number(b.score)) || a.number - b.number);
  return best;
}

/** Makes the folder of a study, or sees that it has this one. @throws OptionError where it has another */
async function openFolder({ json, places }: Study): Promise<void> {
  const { folder } = places;
  const path = join(folder, 'study.json');
  const text = canonicalJson(json);
  await orDataError(folder, async () => {
    const kind = await kindBehind(folder);
    if (kind === null) await makeFolder(folder);
    else if ((await textAt(path)) === null) await expectEmpty(folder);
    for (const name of ['results', 'checkpoints']) {
      if ((await kindBehind(join(folder, name))) === null) await makeFolder(join(folder, name));
    }
    const before = await textAt(path);
    if (before === null) await replaceFile(path, `${text}\n`);
    else expectSame(folder, before, json);
    // Where all is, which may be elsewhere the next time.
    const { folder: _, ...elsewhere } = places;
    await replaceFile(join(folder, 'places.json'), `${canonicalJson(elsewhere)}\n`);
  });
}

/** @throws OptionError for a folder of something else */
async function expectEmpty(folder: string): Promise<void> {
  const names = (await entriesOf(folder)).map(({ name }) => name);
  // Those of a study that was stopped as it began.
  const stray = names.find((name) => !/^(results|checkpoints|in-use|\.keepgate-.*\.tmp)$/.test(name));
  if (stray === undefined) return;
  throw new OptionError(
    `search: the folder of a study, an empty one or none was expected as out, but ${show(folder)} has ${show(stray)}; choose another`,
  );
}

function expectSame(folder: string, text: string, json: Study['json']): void {
  let before: unknown;
  try {
    before = JSON.parse(text);
  } catch {
    before = null;
  }
  if (!isPlain(before)) {
    throw new DataError(
      `search: a study was expected in ${show(folder)}, but its study.json is damaged; choose another folder`,
    );
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(json)])) {
    const [wanted, came] = [before[name], json[name]].map((value) => canonicalJson(value ?? null));
    if (wanted === came) continue;
    throw new OptionError(
      `search: ${name} ${wanted} was expected, as the study in ${show(folder)} began with it, but ${came} came; give the same, or choose another folder`,
    );
  }
}

/** How the folder of a study says who works in it: a study may be of several machines, whose disk this is. */
export const STUDY_LOCK: LockKind = { name: 'in-use', machines: 'all' };

async function locked<T>({ places: { folder } }: Study, act: () => Promise<T>): Promise<T> {
  const release = await orDataError(folder, () => lockFolder(folder, STUDY_LOCK));
  if (typeof release !== 'function') {
    const { file, holder } = release;
    throw new KeepgateError(
      `search: a study that nobody works on was expected in ${show(folder)}, but process ${holder.pid} of ${holder.host} does; wait for its end, or remove ${file} if it is gone`,
    );
  }
  try {
    return await act();
  } finally {
    await release();
  }
}

/** @throws AbortError where the signal stopped it, whatever that came to elsewhere */
function expectNotAborted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new AbortError('search: the signal stopped it; the same study in the same folder goes on', signal.reason);
}

async function orDataError<T>(folder: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof KeepgateError) throw error;
    throw new DataError(`search: the folder ${show(folder)} was to be used, but ${inWords(error)}`);
  }
}
