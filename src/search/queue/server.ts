import type { Queue, QueueEvents, QueueOptions, Worker, WorkerOptions } from 'bullmq';
import { DataError, errorCode, messageOf, OptionError, show } from '../../errors.ts';
import { importPackage } from '../../platform/packages/import-package.js';
import { reachPostgres } from './postgres.ts';
import { reachRedis } from './redis.ts';
import { inQueueWords } from './queue-errors.ts';

type BullMQ = typeof import('bullmq');
type Classes = Pick<BullMQ, 'Queue' | 'QueueEvents' | 'Worker'>;

/** Where a queue is. */
export interface QueuePlace {
  /** `redis://`, `rediss://`, `postgres://` or `postgresql://`, with user, password and database as needed. */
  readonly url: string;
  /** What the names of all that it keeps begin with; the schema of PostgreSQL. 'keepgate' when left out. */
  readonly prefix?: string;
}

/** The queues: works to be done, data that they need, and what workers have to say. */
export const QUEUES = { works: 'works', data: 'data', notes: 'notes' } as const;

/** A name that is a schema of PostgreSQL as well. */
const PREFIX = /^[a-z_][a-z0-9_]{0,40}$/;

/** A server that was reached, and can hold queues. */
export class Server {
  /** Its address, without its password. */
  readonly name: string;
  readonly #classes: Classes;
  readonly #connection: object;
  readonly #prefix: string;

  private constructor(name: string, classes: Classes, connection: object, prefix: string) {
    this.name = name;
    this.#classes = classes;
    this.#connection = connection;
    this.#prefix = prefix;
  }

  /**
   * @param who asks
   * @throws OptionError for a URL of another kind, a package that is not installed, and a server that is set to lose what it
   *   holds; DataError where it cannot be reached, or refuses
   */
  static async reach(who: string, { url, prefix = 'keepgate' }: QueuePlace): Promise<Server> {
    const { kind, name } = kindOf(who, url);
    if (!(typeof prefix === 'string' && PREFIX.test(prefix))) {
      throw new OptionError(
        `${who}: small letters, digits and _ were expected as the prefix, but ${show(prefix)} came; such as keepgate`,
      );
    }
    const bullmq = await installed<BullMQ>(who, 'bullmq', kind === 'redis' ? 'ioredis' : 'pg');
    try {
      if (kind === 'redis') await reachRedis(who, name, url);
      else await reachPostgres(who, name, url);
    } catch (error) {
      if (error instanceof OptionError) throw error;
      throw new DataError(`${who}: ${inQueueWords(name, error)}`);
    }
    if (kind === 'redis') return new Server(name, bullmq, { url, retryStrategy }, prefix);
    const classes = bullmq.withBackend(bullmq.createPostgresBackend) as unknown as Classes;
    const connection = { connectionString: url, schema: prefix, migrate: true, max: 4 };
    return new Server(name, classes, connection, prefix);
  }

  /** Asks and adds; refuses at once while the server is away. */
  queue(name: string): Queue {
    return new this.#classes.Queue(name, this.#options({ enableOfflineQueue: false }));
  }

  events(name: string): QueueEvents {
    return new this.#classes.QueueEvents(name, this.#options({}));
  }

  worker(
    name: string,
    processor: ConstructorParameters<typeof Worker>[1],
    options: Omit<WorkerOptions, 'connection'>,
  ): Worker {
    return new this.#classes.Worker(name, processor, { ...options, ...this.#options({}) });
  }

  #options(more: object): QueueOptions {
    const connection = { ...this.#connection, ...more } as QueueOptions['connection'];
    // The version was looked at; BullMQ would print what it thinks of it.
    return { connection, prefix: this.#prefix, skipVersionCheck: true };
  }
}

/** When a lost connection is tried again, in ms. */
function retryStrategy(times: number): number {
  return Math.min(100 * 2 ** Math.min(times, 5), 2000);
}

function kindOf(who: string, url: string): { readonly kind: 'redis' | 'postgres'; readonly name: string } {
  const expected = `${who}: a URL was expected for the queue, redis://HOST:PORT, rediss:// or postgres://HOST:PORT/DATABASE`;
  // It may have a password, which no message shows.
  if (typeof url !== 'string' || !URL.canParse(url)) throw new OptionError(`${expected}, but none came`);
  const { protocol, hostname, port, pathname } = new URL(url);
  const [, redis, postgres] = /^(rediss?)?(postgres(?:ql)?)?:$/.exec(protocol) ?? [];
  if ((!redis && !postgres) || hostname === '') {
    throw new OptionError(`${expected}, but one of ${show(`${protocol}//${hostname}`)} came`);
  }
  const kind = redis ? 'redis' : 'postgres';
  const name = `${protocol}//${hostname}:${port || (redis ? 6379 : 5432)}${pathname.length > 1 ? pathname : ''}`;
  return { kind, name };
}

/** @throws OptionError where one of the packages is not installed */
async function installed<T>(who: string, name: string, driver: string): Promise<T> {
  for (const one of [driver, name]) {
    try {
      await importPackage(one);
    } catch (error) {
      const why = errorCode(error) === 'ERR_MODULE_NOT_FOUND' ? 'it is not installed' : show(messageOf(error));
      throw new OptionError(`${who}: the package ${one} was expected, but ${why}; npm install ${name} ${driver}`);
    }
  }
  return importPackage(name) as Promise<T>;
}
