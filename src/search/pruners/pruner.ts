/** Where a trial stands. */
export interface Standing {
  /** What it came to at each rung that is over, the lower the better; null where its training failed or diverged. */
  readonly losses: readonly (number | null)[];
  /** Whether it is on its way to its next rung. */
  readonly underWay: boolean;
  /** Whether it was ended for good. */
  readonly ended: boolean;
}

/** Says how far trials go. A rung is a training of its own: a trial waits at it until it is promoted, and if it never is, that is its end. */
export interface Pruner {
  /** The epochs that a trial is scored after, the fewest first. */
  rungs(number: number): readonly number[];
  /** The number of the trial that is to go on to its next rung, or null where a new one is to begin. @param trials in the order of their numbers */
  promote(trials: readonly Standing[]): number | null;
}
