import type { LabelledOptions } from '../text/readers/read-labelled.ts';
import { hashOf } from './canonical-json.ts';
import type { Params } from './space.ts';

/** What is trained: texts that the job names by their hash, or what a module of a user's own makes of its params. */
export type Task =
  | {
      readonly kind: 'texts';
      readonly texts: string;
      /** The hash of the texts that trials are scored on, where they are others than those that are held out. */
      readonly validation?: string;
      readonly holdout: number;
      readonly folds: number | null;
    }
  | { readonly kind: 'module'; readonly module: string };

/** One training from one rung to the next, as data: all that decides what comes of it. */
export interface Job {
  readonly format: 'keepgate-job-1';
  /** The version of this package. */
  readonly keepgate: string;
  readonly task: Task;
  readonly params: Params;
  readonly seed: number;
  /** Which fold is tested on; 0 where there are none. */
  readonly fold: number;
  /** Epochs at the rung that it begins at, 0 for none, and at the one that it goes to. */
  readonly from: number;
  readonly to: number;
  /** The job that came to `from`; null for none. */
  readonly before: string | null;
}

/** The scores of an epoch by name, such as `validation.accuracy`. */
export type EpochScores = Readonly<Record<string, number>>;

/** What came of a job: scores of the epochs from `from` to `to`, of fewer where its training diverged, or why there are none. */
export type JobResult =
  | { readonly scores: readonly EpochScores[] }
  | { readonly scores: readonly EpochScores[]; readonly diverged: string }
  | { readonly failed: string };

/** Where files are that jobs name by their hashes, and how texts are read. */
export interface Places {
  /** The folder of the study. */
  readonly folder: string;
  readonly texts?: {
    readonly path: string;
    readonly reading: LabelledOptions;
    readonly validation?: string;
    /** The files are as one machine sends them to another, and not tables or folders. */
    readonly packed?: boolean;
  };
  readonly module?: string;
  /** A file with a packed model. */
  readonly model?: string;
}

/** The name of a job, or of other work: it follows from its content, so that the same job is never two. */
export async function jobId(job: object): Promise<string> {
  return `j-${(await hashOf(job)).slice(0, 32)}`;
}
