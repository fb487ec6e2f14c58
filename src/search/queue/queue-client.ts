import type { Job as QueueJob, Queue, QueueEvents } from 'bullmq';
import { KeepgateError, messageOf } from '../../errors.ts';
import { jobId } from '../job.ts';
import type { Work } from '../works/work.ts';
import { answerOf, type Hints, type Note, seal } from './envelope.ts';
import { sendParcel } from './parcels.ts';
import { inQueueWords, isAway } from './queue-errors.ts';
import { QUEUES, type Server } from './server.ts';

/** How often it looks, in ms; others in tests. */
export interface ClientTiming {
  /** At what it waits for, whether or not the queue has told of it. */
  readonly look: number;
  /** Again, where the server was away. */
  readonly again: number;
}

const TIMING: ClientTiming = { look: 30_000, again: 1000 };

/** What nobody asks for any more is kept so long, in seconds, and so much of it. */
const KEPT = { age: 30 * 86_400, count: 100_000 };

/** What came of a work: a result and where, or why there is none that is a matter of the work. */
export type Finished = { readonly result: unknown; readonly place: string } | { readonly lost: string };

/** A work that somebody waits for. */
interface Expected {
  readonly work: Work;
  readonly hints: Hints;
  done(finished: Finished): void;
  refuse(error: Error): void;
}

/**
 * Has works done by the workers of a queue. What the queue tells is a hint: what counts is what it holds, which is looked at in
 * the beginning, from time to time, and whenever it tells of something. What it has lost is given to it again.
 */
export class QueueClient {
  readonly #who: string;
  readonly #server: Server;
  readonly #timing: ClientTiming;
  readonly #onNote: (text: string) => void;
  readonly #onLate: (work: Work, result: unknown, place: string) => Promise<void>;
  readonly #works: Queue;
  readonly #data: Queue;
  readonly #notes: Queue;
  readonly #events: QueueEvents;
  readonly #expected = new Map<string, Expected>();
  /** What was done already, for results that come again. */
  readonly #done = new Map<string, Work>();
  readonly #parcels = new Map<string, string>();
  readonly #told = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking = false;
  #isAway = false;
  #closed = false;

  /**
   * @param onNote is told what somebody should know, a line each
   * @param onLate is told what came of a work that had been done by another machine as well
   */
  constructor(
    who: string,
    server: Server,
    onNote: (text: string) => void,
    onLate: (work: Work, result: unknown, place: string) => Promise<void> = async () => {},
    timing: ClientTiming = TIMING,
  ) {
    this.#who = who;
    this.#server = server;
    this.#timing = timing;
    this.#onNote = onNote;
    this.#onLate = onLate;
    this.#works = server.queue(QUEUES.works);
    this.#data = server.queue(QUEUES.data);
    this.#notes = server.queue(QUEUES.notes);
    this.#events = server.events(QUEUES.works);
    // One without a listener ends the process.
    const heard = (error: Error): void => this.#heard(error);
    for (const queue of [this.#works, this.#data, this.#notes]) queue.on('error', heard);
    this.#events.on('error', heard);
    const hint = ({ jobId: id }: { readonly jobId: string }): void => void this.#hinted(id);
    this.#events.on('completed', hint);
    this.#events.on('failed', hint);
    this.#lookIn(timing.look);
  }

  /** Has data there for workers to fetch. @param hash the SHA-256 of the text */
  async provide(hash: string, text: string): Promise<void> {
    this.#parcels.set(hash, text);
    try {
      await sendParcel(this.#data, hash, text);
    } catch (error) {
      this.#heard(error);
      if (!isAway(error)) throw this.#refusal(error);
    }
  }

  /** What comes of a work. It stays in the queue until {@link forget}. @throws KeepgateError where no worker can do it */
  async run(work: Work, hints: Hints): Promise<Finished> {
    const id = await jobId(work);
    if (this.#closed) throw this.#closedError();
    return new Promise((done, refuse) => {
      this.#expected.set(id, { work, hints, done, refuse });
      void this.#hinted(id);
    });
  }

  /** What came of a work is kept elsewhere now. */
  async forget(work: Work): Promise<void> {
    const id = await jobId(work);
    try {
      await this.#works.remove(id);
    } catch {
      // The server is away, or a worker does it again: what is left goes with time.
    }
  }

  /** Works that wait are taken back; those that are under way go on, and what comes of them waits for whoever asks for it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    const ids = [...this.#expected.keys()];
    for (const { refuse } of this.#expected.values()) refuse(this.#closedError());
    this.#expected.clear();
    const takeBack = async (): Promise<void> => {
      for (const id of this.#isAway ? [] : ids) {
        const state = await this.#works.getJobState(id);
        if (state !== 'completed' && state !== 'active') await this.#works.remove(id);
      }
    };
    await inTime(takeBack());
    // What two machines differ in shows at the end, too.
    await inTime(this.#readNotes().catch((error) => isAway(error) || this.#onNote(messageOf(error))));
    const all = [this.#events, this.#works, this.#data, this.#notes];
    await inTime(Promise.all(all.map((one) => one.close())));
  }

  /** Looks at one work. */
  async #hinted(id: string): Promise<void> {
    if (!this.#expected.has(id)) return;
    try {
      await this.#lookAt(id);
    } catch (error) {
      this.#heard(error);
      if (isAway(error)) this.#lookIn(this.#timing.again);
      else this.#refuseAll(error);
    }
  }

  #lookIn(ms: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    let next = this.#timing.look;
    try {
      for (const [hash, text] of this.#parcels) await sendParcel(this.#data, hash, text);
      for (const id of [...this.#expected.keys()]) await this.#lookAt(id);
      await this.#readNotes();
      if (this.#isAway) this.#onNote(`the queue at ${this.#server.name} is back`);
      this.#isAway = false;
    } catch (error) {
      this.#heard(error);
      if (isAway(error)) next = this.#timing.again;
      else this.#refuseAll(error);
    } finally {
      this.#looking = false;
    }
    this.#lookIn(next);
  }

  async #lookAt(id: string): Promise<void> {
    const expected = this.#expected.get(id);
    if (!expected) return;
    // Its state first: what came of it is there by then.
    const state = await this.#works.getJobState(id);
    if (this.#closed) return;
    if (state === 'unknown') return this.#add(id, expected);
    if (state !== 'completed' && state !== 'failed') return;
    const job = await this.#works.getJob(id);
    if (!job) return;
    if (state === 'completed') this.#deliver(id, job);
    else await this.#failed(id, job);
  }

  async #add(id: string, { work, hints }: Expected): Promise<void> {
    await this.#works.add('work', seal(work, hints), {
      jobId: id,
      attempts: 1,
      removeOnComplete: KEPT,
      removeOnFail: KEPT,
    });
  }

  #deliver(id: string, job: QueueJob): void {
    const expected = this.#expected.get(id);
    if (!expected) return;
    this.#expected.delete(id);
    this.#done.set(id, expected.work);
    try {
      expected.done(answerOf(id, job.returnvalue));
    } catch (error) {
      expected.refuse(error as Error);
    }
  }

  /** Not for long: who asks again wants it to be tried again. */
  async #failed(id: string, job: QueueJob): Promise<void> {
    const expected = this.#expected.get(id);
    this.#expected.delete(id);
    const why = job.failedReason ?? 'nobody knows why';
    try {
      await job.remove();
    } catch {
      // Somebody else has.
    }
    if (/stalled more than/.test(why))
      expected?.done({ lost: 'the workers that did it were lost, one after the other' });
    else expected?.refuse(new KeepgateError(why));
  }

  async #readNotes(): Promise<void> {
    for (const job of await this.#notes.getJobs(['wait'], 0, 999)) {
      // One that was removed meanwhile.
      if (!job) continue;
      const note = job.data as Note;
      if (note.kind === 'cannot') {
        if (this.#expected.has(note.id)) this.#say(`${note.place} cannot do what is in the queue: ${note.why}`);
        continue;
      }
      await this.#readLate(note, job);
    }
  }

  /** What was done twice must have come to the same. */
  async #readLate({ id, answer }: Extract<Note, { kind: 'late' }>, job: QueueJob): Promise<void> {
    const work = this.#expected.get(id)?.work ?? this.#done.get(id);
    if (!work) return;
    const { result, place } = answerOf(id, answer);
    await this.#onLate(work, result, place);
    await job.remove();
  }

  #say(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#onNote(text);
  }

  /** Says once that the server is away. */
  #heard(error: unknown): void {
    if (this.#closed || this.#isAway || !isAway(error)) return;
    this.#isAway = true;
    this.#onNote(`${inQueueWords(this.#server.name, error)}; it goes on when the queue is back`);
    this.#lookIn(this.#timing.again);
  }

  #refuseAll(error: unknown): void {
    const refusal = error instanceof KeepgateError ? error : this.#refusal(error);
    for (const { refuse } of this.#expected.values()) refuse(refusal);
    this.#expected.clear();
  }

  #refusal(error: unknown): KeepgateError {
    return new KeepgateError(`${this.#who}: ${inQueueWords(this.#server.name, error)}`);
  }

  #closedError(): KeepgateError {
    return new KeepgateError(`${this.#who}: the queue was closed`);
  }
}

/** Whether it ends or not: a server that is away keeps nobody. */
async function inTime(act: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<void>((done) => {
    timer = setTimeout(done, 3000);
  });
  await Promise.race([act.catch(() => {}), enough]);
  clearTimeout(timer);
}
