/** Work that Ctrl-C ended, and that can go on: the message says how. */
export class Interrupted extends Error {}

/** What tells of signals, and ends the process: `process`, but in tests. */
export interface Interruptible {
  on(event: 'SIGINT', listener: () => void): unknown;
  off(event: 'SIGINT', listener: () => void): unknown;
  exit(status: number): void;
}

/** The status of a process that Ctrl-C ended, as shells know it. */
export const INTERRUPTED = 130;

/**
 * Ctrl-C, as a signal for work that ends in order: the first aborts it, a second ends the process at once. Either is heard
 * when the work gives way to the event loop. Until a command asks for the signal, Ctrl-C ends the process as it does
 * any other.
 */
export class Interrupt {
  readonly #process: Interruptible;
  readonly #controller = new AbortController();
  #listens = false;

  constructor(process: Interruptible) {
    this.#process = process;
  }

  /** From now on the command answers to Ctrl-C by itself. */
  listen(): AbortSignal {
    if (!this.#listens) this.#process.on('SIGINT', this.#hear);
    this.#listens = true;
    return this.#controller.signal;
  }

  /** Ctrl-C ends the process again. */
  release(): void {
    this.#process.off('SIGINT', this.#hear);
    this.#listens = false;
  }

  readonly #hear = (): void => {
    if (this.#controller.signal.aborted) this.#process.exit(INTERRUPTED);
    this.#controller.abort();
  };
}
