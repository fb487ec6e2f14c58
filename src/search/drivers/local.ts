import { cores } from '#platform/process/children.js';
import { expectPositive, expectWhole, optionsOf } from '../../checks.ts';
import type { Job, JobResult, Places } from '../job.ts';
import { ResultStore } from '../store.ts';
import type { Driver, Workers } from './driver.ts';
import { type Outcome, ProcessPool } from './process-pool.ts';

/** How trials run on this machine. */
export interface LocalOptions {
  /** How many at once, each a process with one thread; one a core when left out. */
  readonly slots?: number;
  /** Seconds that a training from one rung to the next may take: then it has failed. A day when left out. */
  readonly limit?: number;
}

/** In seconds: a day. */
export const LIMIT = 86_400;

/**
 * Trials on this machine, each in a process of its own: one that ends its process, or never comes back, takes no other along.
 * @throws OptionError for an option that is out of range
 * @example
 * ```ts
 * import { local, search } from 'keepgate/search';
 *
 * const driver = local({ slots: 2, limit: 3600 });
 * console.log(typeof search, typeof driver.open); // prints: function function
 * ```
 */
export function local(options: LocalOptions = {}): Driver {
  const { slots = cores(), limit = LIMIT } = optionsOf('local', options, { slots: true, limit: true });
  expectWhole('local', 'slots', slots, 1, 1024);
  expectPositive('local', 'limit', limit);
  return { open: async (places) => new LocalWorkers(places, slots, limit) };
}

class LocalWorkers implements Workers {
  readonly #places: Places;
  readonly #limit: number;
  readonly #pool: ProcessPool;

  constructor(places: Places, slots: number, limit: number) {
    this.#places = places;
    this.#limit = limit;
    this.#pool = new ProcessPool(slots);
  }

  async run(job: Job): Promise<JobResult> {
    const outcome = await this.#pool.run({ work: job, places: this.#places, limit: this.#limit });
    return keptResult(outcome, job, this.#places.folder, 'the driver local');
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/**
 * What a process came to. Why there is nothing is kept as any result is, so that a study that goes on does not try again.
 * @param folder where results are kept
 * @param place the machine, in words
 */
export async function keptResult(outcome: Outcome, job: Job, folder: string, place: string): Promise<JobResult> {
  if ('result' in outcome) return outcome.result as JobResult;
  const result = { failed: outcome.crashed };
  await new ResultStore(folder).write(job, result, place);
  return result;
}
