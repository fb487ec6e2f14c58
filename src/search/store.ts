import { replaceFile } from '#platform/atomic-write.js';
import { isMissing, readBytes } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { isPlain } from '../checks.ts';
import { DataError, KeepgateError, show } from '../errors.ts';
import { inWords } from '../interop/system-error.ts';
import { canonicalJson } from './canonical-json.ts';
import { type Job, type JobResult, jobId } from './job.ts';

/** What came of a job, with where it ran. */
interface Stored {
  readonly job: Job;
  readonly result: JobResult;
  /** The machine, in words: it is no part of the result. */
  readonly place: string;
}

/** The results of jobs, each in a file of its job's name. */
export class ResultStore {
  readonly #folder: string;

  /** @param folder of the study */
  constructor(folder: string) {
    this.#folder = join(folder, 'results');
  }

  /** Null where there is none. @throws DataError where the file is not as it was written */
  async read(job: Job): Promise<JobResult | null> {
    return (await this.#stored(job))?.result ?? null;
  }

  /**
   * Keep a result. Of a job that has one it must be the same: training from one key gives the same bits each time.
   * @throws KeepgateError where it is another, which is a fault of a machine or of this package; DataError where it cannot be written
   */
  async write(job: Job, result: JobResult, place: string): Promise<void> {
    const before = await this.#stored(job);
    if (before === null) {
      const path = await this.#pathOf(job);
      const stored: Stored = { job, result, place };
      await orDataError(path, () => replaceFile(path, `${canonicalJson(stored)}\n`));
    } else if (canonicalJson(before.result) !== canonicalJson(result)) {
      throw new KeepgateError(
        `search: the same result was expected of ${await jobId(job)} each time, but on ${before.place} came ${excerpt(before.result)}, and on ${place} ${excerpt(result)}; one of the machines errs, or this is a fault of keepgate`,
      );
    }
  }

  async #stored(job: Job): Promise<Stored | null> {
    const path = await this.#pathOf(job);
    try {
      const stored: unknown = JSON.parse(new TextDecoder().decode(await readBytes(path)));
      if (isPlain(stored) && canonicalJson(stored.job) === canonicalJson(job) && isPlain(stored.result)) {
        return stored as unknown as Stored;
      }
    } catch (error) {
      if (isMissing(error)) return null;
      if (!(error instanceof SyntaxError))
        throw new DataError(`search: ${show(path)} was to be read, but ${inWords(error)}`);
    }
    throw new DataError(
      `search: what came of the job was expected in ${show(path)}, but something else is there; remove it, and it is trained again`,
    );
  }

  async #pathOf(job: Job): Promise<string> {
    return join(this.#folder, `${await jobId(job)}.json`);
  }
}

function excerpt(result: JobResult): string {
  return canonicalJson(result).slice(0, 200);
}

async function orDataError(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw new DataError(`search: ${show(path)} was to be written, but ${inWords(error)}`);
  }
}
