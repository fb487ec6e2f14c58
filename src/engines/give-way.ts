import { partsOf } from '../checks.ts';
import { AbortError, OptionError, show } from '../errors.ts';

/** Says that work is to end. An AbortSignal is one. */
export interface StopSignal {
  /** Whether it is to end now. */
  readonly aborted: boolean;
  /** Becomes the `cause` of the AbortError. */
  readonly reason?: unknown;
}

/** How long work may keep the thread, in ms, but for the part that is under way then: less than 50 with one of 20. */
const LONGEST = 30;

/**
 * What long work calls between its parts: timers, events and a page have their turn now and then, which an engine that
 * computes at once would never give them, and a signal is heard.
 */
export class GiveWay {
  readonly #who: string;
  readonly #signal: StopSignal | undefined;
  #last: number = performance.now();

  /**
   * @param who what is at work, for the message
   * @throws OptionError for what is no signal, AbortError for one that says so already
   */
  constructor(who: string, signal?: StopSignal) {
    if (signal !== undefined && typeof partsOf<StopSignal>(who, signal, 'aborted').aborted !== 'boolean') {
      throw new OptionError(
        `${who}: an AbortSignal was expected as signal, but ${show(signal)} came; pass the signal of an AbortController`,
      );
    }
    this.#who = who;
    this.#signal = signal;
    this.expectWanted();
  }

  /** @throws AbortError once the signal says so */
  async turn(): Promise<void> {
    this.expectWanted();
    if (performance.now() - this.#last < LONGEST) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
    this.#last = performance.now();
    this.expectWanted();
  }

  /** What work of others comes to, which may never end. @throws AbortError once the signal says so, without waiting for it */
  async wait<T>(work: T | PromiseLike<T>): Promise<T> {
    if (!this.#signal) return work;
    let timer: ReturnType<typeof setInterval> | undefined;
    const heard = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        try {
          this.expectWanted();
        } catch (error) {
          reject(error);
        }
      }, LONGEST);
    });
    try {
      return await Promise.race([work, heard]);
    } finally {
      clearInterval(timer);
    }
  }

  /** @throws AbortError once the signal says so */
  expectWanted(): void {
    if (!this.#signal?.aborted) return;
    throw new AbortError(
      `${this.#who}: it was to run to its end, but its signal stopped it; call it again to have the rest`,
      this.#signal.reason,
    );
  }
}
