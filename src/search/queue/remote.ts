import { KeepgateError } from '../../errors.ts';
import { LIMIT } from '../drivers/local.ts';
import type { Work } from '../works/work.ts';
import { keepParcel, LARGEST_PARCEL, openStore } from './parcels.ts';
import { QueueClient } from './queue-client.ts';
import { Server } from './server.ts';

/** Where work is done by others. */
export interface RemotePlace {
  readonly queue: string;
  readonly prefix?: string;
  /** A folder that all machines see. */
  readonly store?: string;
}

/** How many works are in the queue at once. */
const AHEAD = 64;

/** Has works done on a queue that are no trainings of a search. */
export class Remote {
  readonly #who: string;
  readonly #client: QueueClient;
  readonly #store: string | undefined;

  private constructor(who: string, client: QueueClient, store: string | undefined) {
    this.#who = who;
    this.#client = client;
    this.#store = store;
  }

  /** @throws OptionError and DataError as `Server.reach` */
  static async open(who: string, place: RemotePlace, onNote: (text: string) => void): Promise<Remote> {
    const { queue: url, prefix, store } = place;
    const server = await Server.reach(who, { url, ...(prefix === undefined ? {} : { prefix }) });
    if (store !== undefined) await openStore(store);
    return new Remote(who, new QueueClient(who, server, onNote), store);
  }

  /** Has data where workers can fetch them. @throws KeepgateError for more than goes through a queue */
  async provide(hash: string, text: string): Promise<void> {
    if (this.#store !== undefined) return keepParcel(this.#store, hash, text);
    if (text.length > LARGEST_PARCEL) {
      throw new KeepgateError(
        `${this.#who}: at most ${LARGEST_PARCEL / 2 ** 20} MiB go through a queue, but the model has ${Math.ceil(text.length / 2 ** 20)}; give --store a folder that all machines see`,
      );
    }
    await this.#client.provide(hash, text);
  }

  /** What comes of works, in their order. @throws KeepgateError where one cannot be done */
  async *run<R>(works: AsyncIterable<Work> | Iterable<Work>): AsyncGenerator<R> {
    const underWay: Promise<unknown>[] = [];
    for await (const work of works) {
      const result = this.#run(work);
      // Heard when its turn comes.
      result.catch(() => {});
      underWay.push(result);
      if (underWay.length >= AHEAD) yield (await underWay.shift()) as R;
    }
    for (const result of underWay) yield (await result) as R;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #run(work: Work): Promise<unknown> {
    const finished = await this.#client.run(work, { texts: null, limit: LIMIT });
    await this.#client.forget(work);
    if ('result' in finished) return finished.result;
    throw new KeepgateError(`${this.#who}: ${finished.lost}`);
  }
}
