import type { EpochScores } from '../job.ts';
import type { Params } from '../space.ts';

/**
 * One training of a search, from one rung to the next: what `train` of a module of your own is called with. What comes of it
 * must follow from this alone, to the bit.
 */
export interface Trial {
  /** A value for each name of the space that the scheme has a use for. */
  readonly params: Params;
  /** The scheme with its values, for `parseScheme`. */
  readonly scheme: string;
  readonly seed: number;
  /** Which fold is tested on; 0 where there are none. */
  readonly fold: number;
  /** How many epochs it had at the rung before; 0 for none. */
  readonly from: number;
  /** How many it is to have. */
  readonly to: number;
  /** A folder in which to keep what the next rung goes on from. */
  readonly folder: string;
  /** That folder of the rung before; null where there is none: then train from the beginning, which must come to the same. */
  readonly resume: string | null;
}

/** What a training gives: the scores of each epoch after `from`, as names and numbers. */
export interface TrialOutcome {
  readonly scores: readonly EpochScores[];
}

/** Trains. */
export type Train = (trial: Trial) => Promise<TrialOutcome>;
