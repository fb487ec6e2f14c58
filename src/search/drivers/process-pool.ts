import { type Child, startChild } from '#platform/process/children.js';
import { AbortError, DataError, KeepgateError } from '../../errors.ts';
import type { Places } from '../job.ts';
import type { Work } from '../works/work.ts';
import type { FromChild, ToChild } from './messages.ts';

/** A work that ends its process so often has failed. */
const MOST_CRASHES = 3;

/** Longer no timer of Node waits. */
const LONGEST = 2_000_000;

/** What a process has to end its step, in ms: then it is killed, and what it did since its last checkpoint is done again. */
const GRACE = 5000;

/** Sources are TypeScript, and what is published is not. */
const CHILD = import.meta.url.replace(/process-pool\.(ts|js)$/, 'local-child.$1');

/** A work, where its files are, and how many seconds it may take. */
export interface Order {
  readonly work: Work;
  readonly places: Places;
  readonly limit: number;
}

/** What came of it, or why there is nothing: its process ended too often, or was ended for its time. */
export type Outcome = { readonly result: unknown } | { readonly crashed: string };

/** An order that waits for a process, or has one. */
interface Waiting extends Order {
  crashes: number;
  done(outcome: Outcome): void;
  refuse(error: Error): void;
}

/** A place for one process. */
interface Slot {
  child: Child | null;
  /** What the process was told of. */
  places: Places | null;
  at: Waiting | null;
  timer: ReturnType<typeof setTimeout> | undefined;
  tooLong: boolean;
  /** Is told when the process has stopped, once it was asked to. */
  stopped: () => void;
}

/** Processes of this machine, each of which does one work after the other: one that ends takes no other along. */
export class ProcessPool {
  readonly #queue: Waiting[] = [];
  readonly #slots: Slot[];
  #closed = false;
  #closing: Promise<void> | null = null;

  /** @param slots how many there are at most */
  constructor(slots: number) {
    this.#slots = Array.from({ length: slots }, () => ({
      child: null,
      places: null,
      at: null,
      timer: undefined,
      tooLong: false,
      stopped: () => {},
    }));
  }

  /**
   * @param signal ends the work, at once
   * @throws DataError where what the work needs is not here; KeepgateError where it is wrong, and when the pool was closed; AbortError
   */
  run(order: Order, signal?: AbortSignal): Promise<Outcome> {
    return new Promise((done, refuse) => {
      if (this.#closed) return refuse(closedError());
      if (signal?.aborted) return refuse(abortError(signal));
      const stop = (): void => this.#cancel(waiting, abortError(signal));
      const settled = (): void => signal?.removeEventListener('abort', stop);
      const waiting: Waiting = {
        ...order,
        crashes: 0,
        done: (outcome) => {
          settled();
          done(outcome);
        },
        refuse: (error) => {
          settled();
          refuse(error);
        },
      };
      signal?.addEventListener('abort', stop);
      this.#queue.push(waiting);
      this.#next();
    });
  }

  /** Ends all works, those under way after their step. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#queue.splice(0)) refuse(closedError());
    await Promise.all(
      this.#slots.map(async (slot) => {
        const waiting = free(slot);
        if (waiting && slot.child) await stopped(slot, slot.child);
        waiting?.refuse(closedError());
        end(slot);
      }),
    );
  }

  #cancel(waiting: Waiting, error: Error): void {
    const at = this.#queue.indexOf(waiting);
    if (at !== -1) this.#queue.splice(at, 1);
    for (const slot of this.#slots) {
      if (slot.at !== waiting) continue;
      free(slot);
      // What it keeps is written whole or not at all.
      end(slot);
    }
    waiting.refuse(error);
    this.#next();
  }

  #next(): void {
    for (const slot of this.#slots) {
      if (slot.at !== null) continue;
      const waiting = this.#queue.shift();
      if (!waiting) return;
      slot.at = waiting;
      if (slot.places !== null && !areSame(slot.places, waiting.places)) end(slot);
      slot.child ??= this.#start(slot, waiting.places);
      slot.tooLong = false;
      tell(slot.child, { work: waiting.work });
    }
  }

  #start(slot: Slot, places: Places): Child {
    const child = startChild(CHILD, {
      message: (message) => {
        if (slot.child === child) this.#answered(slot, message as FromChild);
      },
      ended: (how) => {
        if (slot.child === child) this.#ended(slot, how);
      },
    });
    slot.places = places;
    tell(child, { places });
    return child;
  }

  #answered(slot: Slot, answer: FromChild): void {
    if (this.#closed) {
      if (!('begun' in answer)) slot.stopped();
      return;
    }
    if ('begun' in answer) {
      // From here, so that the start of a process does not count.
      const limit = Math.min(slot.at?.limit ?? LONGEST, LONGEST);
      slot.timer = setTimeout(() => {
        slot.tooLong = true;
        slot.child?.kill();
      }, limit * 1000);
      return;
    }
    const waiting = free(slot);
    if ('stopped' in answer) return;
    if ('result' in answer) waiting?.done({ result: answer.result });
    else waiting?.refuse(answer.isOfPlace ? new DataError(answer.error) : new KeepgateError(answer.error));
    this.#next();
  }

  /** The process is gone: the work is given to another one, unless it has ended too many, or was ended for its time. */
  #ended(slot: Slot, how: string): void {
    slot.child = null;
    slot.places = null;
    slot.stopped();
    const waiting = free(slot);
    if (waiting) {
      waiting.crashes += 1;
      if (slot.tooLong) waiting.done({ crashed: `it took longer than ${waiting.limit} seconds` });
      else if (waiting.crashes < MOST_CRASHES) this.#queue.unshift(waiting);
      else waiting.done({ crashed: `its process ended ${MOST_CRASHES} times, at last ${how}` });
    }
    this.#next();
  }
}

/** Objects of the same content are told apart by nobody but a process that reads the same files again. */
function areSame(a: Places, b: Places): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function closedError(): KeepgateError {
  return new KeepgateError('local: its processes were ended');
}

function abortError(signal: AbortSignal | undefined): AbortError {
  return new AbortError('local: the signal stopped it', signal?.reason);
}

/** The order that a slot had, which has none now. */
function free(slot: Slot): Waiting | null {
  clearTimeout(slot.timer);
  const waiting = slot.at;
  slot.at = null;
  return waiting;
}

/** A process has ended its step, or has taken too long for it. */
function stopped(slot: Slot, child: Child): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, GRACE);
    slot.stopped = () => {
      clearTimeout(timer);
      done();
    };
    tell(child, { stop: true });
  });
}

function end(slot: Slot): void {
  slot.child?.kill();
  slot.child = null;
  slot.places = null;
}

function tell(child: Child, message: ToChild): void {
  child.send(message);
}
