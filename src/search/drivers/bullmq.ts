import { removeAll } from '#platform/files.js';
import { basename, resolve } from '#platform/paths.js';
import { expectFunction, expectPositive, expectText, optionsOf } from '../../checks.ts';
import type { LabelledTexts } from '../../text/labelled.ts';
import type { Job, JobResult, Places } from '../job.ts';
import { packTexts, readTexts } from '../objectives/texts.ts';
import { type ClientTiming, QueueClient } from '../queue/queue-client.ts';
import type { Hints } from '../queue/envelope.ts';
import { keepParcel, LARGEST_PARCEL, openStore } from '../queue/parcels.ts';
import { Server } from '../queue/server.ts';
import { checkpointOf } from '../runner.ts';
import { ResultStore } from '../store.ts';
import type { Driver, Workers } from './driver.ts';
import { LIMIT } from './local.ts';

/** Where the queue is that trials go through. */
export interface BullmqOptions {
  /** `redis://HOST:PORT`, `rediss://` or `postgres://HOST:PORT/DATABASE`, with user and password as needed. */
  readonly connection: string;
  /** What the names of all that is kept there begin with, a schema in PostgreSQL; 'keepgate' when left out. Workers have the same. */
  readonly prefix?: string;
  /** A folder that workers see as well, for texts of any size and for checkpoints; without one texts go through the queue. */
  readonly store?: string;
  /** Seconds that a training from one rung to the next may take: then it has failed. A day when left out. */
  readonly limit?: number;
  /** Is told what somebody should know, a line each: that the queue is away, or that a worker cannot do what is in it. */
  readonly onNote?: (text: string) => void;
}

const WHO = 'bullmq';

/**
 * Trials on all machines that run `keepgate worker` on a queue: BullMQ on a server of Redis, Valkey or PostgreSQL. What comes
 * of the study is the same, to the bit, as on this machine alone. Install `bullmq`, and `ioredis` or `pg`.
 * @throws OptionError for an option that is not what it can be
 * @example
 * ```ts
 * import { bullmq } from 'keepgate/search';
 *
 * const driver = bullmq({ connection: 'redis://queue.example:6379', onNote: console.warn });
 * console.log(typeof driver.open); // prints: function
 * ```
 */
export function bullmq(options: BullmqOptions): Driver {
  return bullmqWith(options);
}

/** @param timing that of tests */
export function bullmqWith(options: BullmqOptions, timing?: ClientTiming): Driver {
  const told = optionsOf(WHO, options, { connection: true, prefix: true, store: true, limit: true, onNote: true });
  const { connection, prefix, store, limit = LIMIT, onNote = () => {} } = told;
  expectText(WHO, 'connection', connection);
  if (store !== undefined) expectText(WHO, 'store', store);
  expectPositive(WHO, 'limit', limit);
  expectFunction(WHO, 'onNote', onNote);
  return {
    async open(places) {
      const server = await Server.reach(WHO, { url: connection, ...(prefix === undefined ? {} : { prefix }) });
      if (store !== undefined) await openStore(store);
      const results = new ResultStore(places.folder);
      const client = new QueueClient(
        WHO,
        server,
        onNote,
        (work, result, place) => results.write(work as Job, result as JobResult, place),
        timing,
      );
      try {
        if (places.texts) await provide(places.texts, client, store, onNote);
      } catch (error) {
        await client.close();
        throw error;
      }
      return new QueueWorkers(client, results, store, { limit, texts: textsHint(places) });
    },
  };
}

function textsHint({ texts }: Places): Hints['texts'] {
  if (!texts) return null;
  const { path, validation, reading } = texts;
  const nameOf = (file: string): string => basename(resolve(file));
  return {
    name: nameOf(path),
    ...(validation === undefined ? {} : { validation: nameOf(validation) }),
    // What is called from here stays here.
    reading: { ...reading, onNote: undefined },
  };
}

/** Has texts where workers can fetch them. */
async function provide(
  place: NonNullable<Places['texts']>,
  client: QueueClient,
  store: string | undefined,
  onNote: (text: string) => void,
): Promise<void> {
  const { data, hash, validation, validationHash } = await readTexts(place);
  await provideOne(data, hash, client, store, onNote);
  if (validation) await provideOne(validation, validationHash as string, client, store, onNote);
}

async function provideOne(
  data: LabelledTexts,
  hash: string,
  client: QueueClient,
  store: string | undefined,
  onNote: (text: string) => void,
): Promise<void> {
  const packed = packTexts(data);
  if (store !== undefined) return keepParcel(store, hash, packed);
  if (packed.length <= LARGEST_PARCEL) return client.provide(hash, packed);
  onNote(
    `the texts have ${Math.ceil(packed.length / 2 ** 20)} MiB, and up to ${LARGEST_PARCEL / 2 ** 20} go through the queue: give workers --data, a folder with a copy, or all a folder that they see as store`,
  );
}

class QueueWorkers implements Workers {
  readonly #client: QueueClient;
  readonly #results: ResultStore;
  readonly #store: string | undefined;
  readonly #hints: Hints;

  constructor(client: QueueClient, results: ResultStore, store: string | undefined, hints: Hints) {
    this.#client = client;
    this.#results = results;
    this.#store = store;
    this.#hints = hints;
  }

  async run(job: Job): Promise<JobResult> {
    const finished = await this.#client.run(job, this.#hints);
    const [result, place] =
      'lost' in finished
        ? [{ failed: finished.lost }, 'the driver bullmq']
        : [finished.result as JobResult, finished.place];
    // On the disk before the queue forgets it: it is never nowhere.
    await this.#results.write(job, result, place);
    await this.#client.forget(job);
    return result;
  }

  async forget(jobs: readonly string[]): Promise<void> {
    if (this.#store === undefined) return;
    for (const id of jobs) await removeAll(checkpointOf(this.#store, id));
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
