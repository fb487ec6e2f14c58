import { type Child, cores, startChild } from '#platform/process/children.js';
import { expectPositive, expectWhole, optionsOf } from '../../checks.ts';
import { KeepgateError } from '../../errors.ts';
import type { Job, JobResult, Places } from '../job.ts';
import { ResultStore } from '../store.ts';
import type { Driver, Workers } from './driver.ts';
import type { FromChild, ToChild } from './messages.ts';

/** How trials run on this machine. */
export interface LocalOptions {
  /** How many at once, each a process with one thread; one a core when left out. */
  readonly slots?: number;
  /** Seconds that a training from one rung to the next may take: then it has failed. A day when left out. */
  readonly limit?: number;
}

/** A trial that ends its process so often has failed. */
const MOST_CRASHES = 3;

/** Longer no timer of Node waits. */
const LONGEST = 2_000_000;

/** Sources are TypeScript, and what is published is not. */
const CHILD = import.meta.url.replace(/local\.(ts|js)$/, 'local-child.$1');

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
  const { slots = cores(), limit = 86_400 } = optionsOf('local', options, { slots: true, limit: true });
  expectWhole('local', 'slots', slots, 1, 1024);
  expectPositive('local', 'limit', limit);
  return { open: async (places) => new LocalWorkers(places, slots, Math.min(limit, LONGEST)) };
}

/** A job that waits for a process, or has one. */
interface Waiting {
  readonly job: Job;
  crashes: number;
  done(result: JobResult): void;
  refuse(error: Error): void;
}

class LocalWorkers implements Workers {
  readonly #places: Places;
  readonly #limit: number;
  readonly #queue: Waiting[] = [];
  readonly #slots: Slot[];
  #closed = false;

  constructor(places: Places, slots: number, limit: number) {
    this.#places = places;
    this.#limit = limit;
    this.#slots = Array.from({ length: slots }, () => ({ child: null, at: null, timer: undefined, tooLong: false }));
  }

  run(job: Job): Promise<JobResult> {
    return new Promise((done, refuse) => {
      if (this.#closed) return refuse(closedError());
      this.#queue.push({ job, crashes: 0, done, refuse });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#queue.splice(0)) refuse(closedError());
    for (const slot of this.#slots) {
      free(slot)?.refuse(closedError());
      slot.child?.kill();
      slot.child = null;
    }
  }

  #next(): void {
    for (const slot of this.#slots) {
      if (slot.at !== null) continue;
      const waiting = this.#queue.shift();
      if (!waiting) return;
      slot.at = waiting;
      slot.child ??= this.#start(slot);
      slot.tooLong = false;
      tell(slot.child, { job: waiting.job });
    }
  }

  #start(slot: Slot): Child {
    const child = startChild(CHILD, {
      message: (message) => {
        if (slot.child === child) this.#answered(slot, message as FromChild);
      },
      ended: (how) => {
        if (slot.child === child) void this.#ended(slot, how);
      },
    });
    tell(child, { places: this.#places });
    return child;
  }

  #answered(slot: Slot, answer: FromChild): void {
    if ('begun' in answer) {
      // From here, so that the start of a process does not count.
      slot.timer = setTimeout(() => {
        slot.tooLong = true;
        slot.child?.kill();
      }, this.#limit * 1000);
      return;
    }
    const waiting = free(slot);
    if ('result' in answer) waiting?.done(answer.result);
    else waiting?.refuse(new KeepgateError(answer.error));
    this.#next();
  }

  /** The process is gone: the job is given to another one, unless it has ended too many, or was ended for its time. */
  async #ended(slot: Slot, how: string): Promise<void> {
    slot.child = null;
    const { tooLong } = slot;
    const waiting = free(slot);
    if (waiting) {
      waiting.crashes += 1;
      if (tooLong) await this.#fail(waiting, `it took longer than ${this.#limit} seconds`);
      else if (waiting.crashes < MOST_CRASHES) this.#queue.unshift(waiting);
      else await this.#fail(waiting, `its process ended ${MOST_CRASHES} times, at last ${how}`);
    }
    this.#next();
  }

  /** Kept as any result is, so that a study that goes on does not try again. */
  async #fail({ job, done, refuse }: Waiting, failed: string): Promise<void> {
    try {
      await new ResultStore(this.#places.folder).write(job, { failed }, 'the driver local');
      done({ failed });
    } catch (error) {
      refuse(error as Error);
    }
  }
}

/** A place for one process. */
interface Slot {
  child: Child | null;
  at: Waiting | null;
  timer: ReturnType<typeof setTimeout> | undefined;
  tooLong: boolean;
}

function closedError(): KeepgateError {
  return new KeepgateError('local: its processes were ended');
}

/** The job that a slot had, which has none now. */
function free(slot: Slot): Waiting | null {
  clearTimeout(slot.timer);
  const waiting = slot.at;
  slot.at = null;
  return waiting;
}

function tell(child: Child, message: ToChild): void {
  child.send(message);
}
