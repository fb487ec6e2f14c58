import type { Queue } from 'bullmq';
import { kindBehind } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { DataError } from '../../errors.ts';
import type { Job, Places } from '../job.ts';
import { hashOfModule } from '../objectives/own-module.ts';
import type { Work } from '../works/work.ts';
import type { Hints } from './envelope.ts';
import { fetchParcel, keepParcel, parcelIn } from './parcels.ts';

/** What a worker was told of where things are on its machine. */
export interface OwnPlaces {
  /** The folder of results, checkpoints and data. */
  readonly store: string;
  /** A folder with copies of what studies read, by their names. */
  readonly data?: string;
  /** Modules, by the SHA-256 of each. */
  readonly modules: ReadonlyMap<string, string>;
}

/** By the SHA-256 of each. @throws DataError for one that cannot be read */
export async function modulesByHash(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  return new Map(await Promise.all(paths.map(async (path) => [await hashOfModule(path), path] as const)));
}

/** Finds on this machine, or fetches, what works name by hashes. Code is never fetched. */
export class WorkerPlaces {
  readonly #own: OwnPlaces;
  readonly #queue: Queue;
  /** What is being fetched: not twice. */
  readonly #fetching = new Map<string, Promise<void>>();

  constructor(own: OwnPlaces, queue: Queue) {
    this.#own = own;
    this.#queue = queue;
  }

  /** @throws DataError for what is not here, and in no place that this machine sees */
  async of(work: Work, hints: Hints): Promise<Places> {
    const folder = this.#own.store;
    switch (work.format) {
      case 'keepgate-job-1':
        return { folder, ...(await this.#ofTask(work.task, hints)) };
      case 'keepgate-passes-1':
        await this.#fetch(work.model, 'model');
        return { folder, model: parcelIn(folder, work.model) };
      case 'keepgate-verify-1':
        return work.module === null ? { folder } : { folder, module: this.#module(work.module) };
    }
  }

  async #ofTask(task: Job['task'], { texts }: Hints): Promise<Partial<Places>> {
    if (task.kind === 'module') return { module: this.#module(task.module) };
    const { store } = this.#own;
    const copy = texts && (await this.#copyOf(texts));
    if (copy) return { texts: copy };
    await this.#fetch(task.texts, 'texts');
    const path = parcelIn(store, task.texts);
    if (task.validation === undefined) return { texts: { path, reading: {}, packed: true } };
    await this.#fetch(task.validation, 'texts');
    return { texts: { path, reading: {}, packed: true, validation: parcelIn(store, task.validation) } };
  }

  /** Null where this machine has none. */
  async #copyOf({ name, validation, reading }: NonNullable<Hints['texts']>): Promise<Places['texts'] | null> {
    const { data } = this.#own;
    if (data === undefined) return null;
    const paths = [name, validation].flatMap((one) => (one === undefined ? [] : [join(data, one)]));
    for (const path of paths) if ((await kindBehind(path)) === null) return null;
    const [path, other] = paths as [string, string?];
    return { path, reading, ...(other === undefined ? {} : { validation: other }) };
  }

  #module(hash: string): string {
    const path = this.#own.modules.get(hash);
    if (path !== undefined) return path;
    throw new DataError(
      `a module with the SHA-256 ${hash.slice(0, 12)}... was expected, but ${this.#own.modules.size === 0 ? 'none' : 'another'} is here; give --module FILE, as code is never sent`,
    );
  }

  /** Has data in the store, from wherever they are to be had. */
  async #fetch(hash: string, what: string): Promise<void> {
    const fetching = this.#fetching.get(hash) ?? this.#fetchOnce(hash, what);
    this.#fetching.set(hash, fetching);
    try {
      await fetching;
    } finally {
      this.#fetching.delete(hash);
    }
  }

  async #fetchOnce(hash: string, what: string): Promise<void> {
    const { store } = this.#own;
    if ((await kindBehind(parcelIn(store, hash))) !== null) return;
    const bytes = await fetchParcel(this.#queue, hash);
    if (bytes === null) {
      throw new DataError(
        `the ${what} with the SHA-256 ${hash.slice(0, 12)}... were expected, but they are neither here nor in the queue; give --data or --store a folder that has them`,
      );
    }
    await keepParcel(store, hash, bytes);
  }
}
