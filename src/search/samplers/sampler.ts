import type { Params } from '../space.ts';

/** A trial as far as it has come. */
export interface Observed {
  readonly params: Params;
  /** The epochs that it was scored after; 0 as long as it has no score. */
  readonly epochs: number;
  /** The lower the better; null without one, or where its training diverged. */
  readonly loss: number | null;
  /** Whether it has all epochs, is on its way to a first score, or has ended for good or for now. */
  readonly state: 'complete' | 'first' | 'halted';
}

/** Says what a trial is to try. What it says is decided by its key, the trial's number and the history alone. */
export interface Sampler {
  /** How many trials there are; Infinity where there is no end. */
  readonly trials: number;
  /** @param history the trials before it, in the order of their numbers */
  ask(number: number, history: readonly Observed[]): Params;
}
