import type { Job as QueueJob, Queue, Worker } from 'bullmq';
import { cores, machineInWords } from '#platform/process/children.js';
import { AbortError, DataError, KeepgateError, messageOf } from '../../errors.ts';
import { version } from '../../platform/packages/version.ts';
import { hashOf } from '../canonical-json.ts';
import { keptResult } from '../drivers/local.ts';
import { type Order, type Outcome, ProcessPool } from '../drivers/process-pool.ts';
import type { Work } from '../works/work.ts';
import { type Answer, type Hints, type Note, unseal } from './envelope.ts';
import { inQueueWords, isAway } from './queue-errors.ts';
import { QUEUES, type Server } from './server.ts';
import { OwnStore } from './own-store.ts';
import { WorkerPlaces } from './worker-places.ts';

/** In ms; others in tests. */
export interface WorkerTiming {
  /** How long a lock holds that is not renewed: longer than a restart of the server, or a pause of a machine. */
  readonly lock: number;
  /** How often is looked for works whose worker is gone. */
  readonly stalled: number;
  /** After which a work that was given back may come again. */
  readonly giveBack: number;
}

const TIMING: WorkerTiming = { lock: 120_000, stalled: 30_000, giveBack: 10_000 };

/** A work whose workers are lost so often is lost itself. */
const MOST_STALLS = 20;

/** What does works: processes of this machine, but in tests. */
export interface Pool {
  run(order: Order, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}

export interface WorkerOptions {
  /** How many works at once, each in a process with one thread; one a core when left out. */
  readonly slots?: number;
  /** A folder that all machines see; one of its own, that goes with it, when left out. */
  readonly store?: string;
  /** A folder with copies of what studies read. */
  readonly data?: string;
  /** Paths of modules that it may run. */
  readonly modules?: readonly string[];
  /** Seconds without work after which it ends; never when left out. */
  readonly idle?: number;
  /** Is told what somebody should know, a line each. */
  readonly onNote: (text: string) => void;
}

/** Does the works of a queue. It holds their locks; what is done is done in processes of its own. */
export class QueueWorker {
  readonly #server: Server;
  readonly #options: WorkerOptions;
  readonly #timing: WorkerTiming;
  readonly #store: OwnStore;
  readonly #places: WorkerPlaces;
  readonly #pool: Pool;
  readonly #version: string;
  readonly #place = machineInWords();
  readonly #data: Queue;
  readonly #notes: Queue;
  readonly #worker: Worker;
  readonly #stop = new AbortController();
  /** What is under way, or was ended and not taken by the queue yet. */
  readonly #answers = new Map<string, Answer>();
  readonly #told = new Set<string>();
  #active = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #isAway = false;
  #end: () => void = () => {};
  /** When it has ended, by whatever. */
  readonly ended: Promise<void> = new Promise((done) => {
    this.#end = done;
  });

  private constructor(
    server: Server,
    options: WorkerOptions,
    store: OwnStore,
    modules: ReadonlyMap<string, string>,
    own: string,
    pool: Pool,
    timing: WorkerTiming,
  ) {
    const { slots = cores(), data } = options;
    this.#server = server;
    this.#options = options;
    this.#timing = timing;
    this.#store = store;
    this.#version = own;
    this.#pool = pool;
    this.#data = server.queue(QUEUES.data);
    this.#notes = server.queue(QUEUES.notes);
    this.#places = new WorkerPlaces(
      { store: store.folder, modules, ...(data === undefined ? {} : { data }) },
      this.#data,
    );
    // Three parameters: by them BullMQ knows that it may cancel.
    const processor = (job: QueueJob, token?: string, signal?: AbortSignal): Promise<Answer> =>
      this.#process(job, token as string, signal as AbortSignal);
    this.#worker = server.worker(QUEUES.works, processor, {
      concurrency: slots,
      lockDuration: timing.lock,
      stalledInterval: timing.stalled,
      maxStalledCount: MOST_STALLS,
      runRetryDelay: 1000,
      autorun: false,
    });
    this.#listen();
    void this.#worker.run().catch((error: unknown) => this.#heard(error));
    this.#rest();
  }

  /** @throws DataError for a folder or a module that cannot be used */
  static async start(
    server: Server,
    options: WorkerOptions,
    modules: ReadonlyMap<string, string>,
    pool?: Pool,
    timing: WorkerTiming = TIMING,
  ): Promise<QueueWorker> {
    const store = await OwnStore.open(options.store);
    const processes = pool ?? new ProcessPool(options.slots ?? cores());
    return new QueueWorker(server, options, store, modules, await version(), processes, timing);
  }

  /** Gives back what is under way, so that others begin with it at once, and ends. */
  async stop(): Promise<void> {
    if (this.#stop.signal.aborted) return this.ended;
    clearTimeout(this.#idle);
    this.#stop.abort('the worker ends');
    await inTime(this.#worker.close());
    await this.#pool.close();
    await inTime(Promise.all([this.#data.close(), this.#notes.close()]));
    await this.#store.close();
    this.#end();
  }

  #listen(): void {
    const worker = this.#worker;
    // One without a listener ends the process.
    const heard = (error: Error): void => this.#heard(error);
    for (const queue of [this.#data, this.#notes]) queue.on('error', heard);
    worker.on('error', heard);
    worker.on('lockRenewalFailed', (ids: string[]) => {
      for (const id of ids) worker.cancelJob(id, 'its lock was lost');
    });
    worker.on('completed', ({ id }: QueueJob) => {
      this.#answers.delete(id as string);
      this.#back();
    });
    worker.on('active', () => this.#back());
  }

  async #process(job: QueueJob, token: string, lock: AbortSignal): Promise<Answer> {
    this.#active += 1;
    clearTimeout(this.#idle);
    const id = job.id as string;
    const signal = AbortSignal.any([this.#stop.signal, lock]);
    try {
      const { work, hints } = await unseal(id, job.data);
      const answer = await this.#answerTo(work, hints, signal);
      // Until the queue has taken it.
      this.#answers.set(id, answer);
      return answer;
    } catch (error) {
      if (this.#stop.signal.aborted) {
        await job.moveToWait(token);
        throw named('WaitingError', 'given back');
      }
      if (error instanceof AbortError) throw error;
      if (!(error instanceof DataError)) throw named('UnrecoverableError', messageOf(error));
      await this.#say(id, job, error.message);
      await job.moveToDelayed(Date.now() + this.#timing.giveBack, token);
      throw named('DelayedError', 'given back');
    } finally {
      this.#active -= 1;
      this.#rest();
    }
  }

  /** @throws DataError for what cannot be done here */
  async #answerTo(work: Work, hints: Hints, signal: AbortSignal): Promise<Answer> {
    if (work.keepgate !== this.#version) {
      throw new DataError(`keepgate ${work.keepgate} was expected, but ${this.#version} is here; install that version`);
    }
    const places = await this.#places.of(work, hints);
    await this.#store.forgetFailure(work);
    const outcome = await this.#pool.run({ work, places, limit: hints.limit }, signal);
    const result = await this.#resultIn(outcome, work);
    await this.#store.keep(work);
    // In the order in which its names came: so it is printed.
    return { result: JSON.stringify(result), place: this.#place };
  }

  async #resultIn(outcome: Outcome, work: Work): Promise<unknown> {
    if (work.format === 'keepgate-job-1') return keptResult(outcome, work, this.#store.folder, this.#place);
    if ('result' in outcome) return outcome.result;
    throw new KeepgateError(`worker: ${outcome.crashed}`);
  }

  /** Once for each reason, and each thing that is worked on. */
  async #say(id: string, job: QueueJob, why: string): Promise<void> {
    const { task, model, module } = JSON.parse(job.data.work);
    const about = await hashOf({ why, place: this.#place, about: task ?? model ?? module ?? null });
    if (this.#told.has(about)) return;
    this.#told.add(about);
    this.#options.onNote(`gave a work back: ${why}`);
    await this.#send({ kind: 'cannot', id, why, place: this.#place }, `n-${about.slice(0, 32)}`);
  }

  /** The queue did not take what came of a work: it was given to another worker, and both must have come to the same. */
  async #late(id: string): Promise<void> {
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (answer) await this.#send({ kind: 'late', id, answer }, `l-${crypto.randomUUID()}`);
  }

  async #send(note: Note, name: string): Promise<void> {
    try {
      await this.#notes.add('note', note, { jobId: name });
    } catch (error) {
      this.#heard(error);
    }
  }

  #heard(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const [, id] = /\b(j-[0-9a-f]{32})\b/.exec(messageOf(error)) ?? [];
    if (id !== undefined) return void this.#late(id);
    // Works wait where they are until somebody mends it.
    if (!isAway(error)) this.#restFor(5000);
    if (this.#isAway) return;
    this.#isAway = true;
    this.#options.onNote(inQueueWords(this.#server.name, error));
  }

  #back(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.onNote(`the queue at ${this.#server.name} is back`);
  }

  /** Asks for no work for so many ms: a server that refuses would be asked without a pause. */
  #restFor(ms: number): void {
    if (this.#worker.isPaused()) return;
    void this.#worker.pause(true);
    setTimeout(() => this.#stop.signal.aborted || void this.#worker.resume(), ms);
  }

  /** Ends it where nothing has come for as long as it was told to wait. */
  #rest(): void {
    const { idle } = this.#options;
    if (idle === undefined || this.#active > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.stop(), idle * 1000);
  }
}

/** BullMQ tells by its name what an error means. */
function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** A server that is away keeps nobody from ending. */
async function inTime(act: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<void>((done) => {
    timer = setTimeout(done, 5000);
  });
  await Promise.race([act.catch(() => {}), enough]);
  clearTimeout(timer);
}
