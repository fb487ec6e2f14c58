import { ModelError } from '../errors.ts';

/** The parts of a run follow each other: none begins while another is under way, or after the run is over. */
export class OneAtATime {
  /** What is under way, if something is. */
  #busy: string | null = null;
  #over = false;
  /** What the last part threw, if it threw something. */
  failure: unknown;

  /** Nothing can follow what is under way. */
  end(): void {
    this.#over = true;
  }

  /** @throws ModelError while something else is under way, or after the end; and what the work throws */
  async run<R>(what: string, work: () => Promise<R>): Promise<R> {
    if (this.#over)
      throw new ModelError(`trainer: a run under way was expected, but it was finished before ${what}; begin another`);
    if (this.#busy !== null) {
      throw new ModelError(`trainer: ${what} was expected after ${this.#busy}, but that is under way; await it first`);
    }
    this.#busy = what;
    try {
      const result = await work();
      // Who looks at a run that failed does not mend it.
      if (what !== 'snapshot()') this.failure = undefined;
      return result;
    } catch (error) {
      this.failure = error;
      throw error;
    } finally {
      this.#busy = null;
    }
  }
}
