import { kindBehind, makeFolder } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { DivergedError, errorCode, messageOf } from '../errors.ts';
import { type EpochScores, type Job, type JobResult, jobId, type Places } from './job.ts';
import type { Trial } from './objectives/train-function.ts';
import { importTrain, scoresIn } from './objectives/own-module.ts';
import { TextTrainer } from './objectives/texts.ts';
import { schemeText } from './space.ts';
import { ResultStore } from './store.ts';

/** Where the checkpoint of a job is. */
export function checkpointOf(folder: string, id: string): string {
  return join(folder, 'checkpoints', id);
}

/** Runs jobs, one after the other: the same in each process of each driver. */
export class Runner {
  readonly #places: Places;
  readonly #store: ResultStore;
  readonly #place: string;
  readonly #texts: TextTrainer | null;

  /** @param place the machine, in words */
  constructor(places: Places, place: string) {
    this.#places = places;
    this.#place = place;
    this.#store = new ResultStore(places.folder);
    this.#texts = places.texts ? new TextTrainer(places.texts) : null;
  }

  /**
   * What comes of a job: what is kept of it, or else what training gives, which is kept then.
   * @param signal ends a training of texts after its step: the same job goes on from there
   * @throws DataError where what the job needs is not here; KeepgateError where it came to something else before
   */
  async run(job: Job, signal?: AbortSignal): Promise<JobResult> {
    const kept = await this.#store.read(job);
    if (kept) return kept;
    const result = await this.train(job, signal);
    await this.#store.write(job, result, this.#place);
    return result;
  }

  /** Trains, whether or not there is a result. @throws DataError where what the job needs is not here */
  async train(job: Job, signal?: AbortSignal): Promise<JobResult> {
    const { task, params, seed, fold, from, to } = job;
    const [folder, resume] = [await this.#folderFor(job), await this.#before(job)];
    const trial: Trial = { params, scheme: schemeText(params), seed, fold, from, to, folder, resume };
    const scores: EpochScores[] = [];
    // What is not here is no fault of the trial.
    if (task.kind === 'texts') await (this.#texts as TextTrainer).prepare(task);
    const train = task.kind === 'module' ? await importTrain(this.#places.module as string, task.module) : null;
    try {
      if (task.kind === 'texts') await this.#texts?.train(trial, task, (one) => scores.push(one), signal);
      else scores.push(...scoresIn(await train?.(trial), trial));
    } catch (error) {
      if (signal?.aborted) throw error;
      if (error instanceof DivergedError) return { scores: scores.filter(areFinite), diverged: error.message };
      return { failed: messageOf(error) };
    }
    const bad = scores.findIndex((one) => !areFinite(one));
    if (bad === -1) return { scores };
    return { scores: scores.slice(0, bad), diverged: `a score of epoch ${from + bad + 1} is not finite` };
  }

  async #folderFor(job: Job): Promise<string> {
    const folder = checkpointOf(this.#places.folder, await jobId(job));
    try {
      await makeFolder(folder);
    } catch (error) {
      // Of a run that was ended, or of another one at the same time.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    return folder;
  }

  /** Null where nothing was kept: training begins anew then, and comes to the same. */
  async #before({ before }: Job): Promise<string | null> {
    if (before === null) return null;
    const folder = checkpointOf(this.#places.folder, before);
    return (await kindBehind(folder)) === 'a folder' ? folder : null;
  }
}

function areFinite(scores: EpochScores): boolean {
  return Object.values(scores).every(Number.isFinite);
}
