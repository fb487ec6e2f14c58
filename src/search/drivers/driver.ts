import type { Job, JobResult, Places } from '../job.ts';

/** Runs the jobs of a study somewhere. */
export interface Driver {
  /** Gets ready for the jobs of a study. */
  open(places: Places): Promise<Workers>;
}

/** What runs jobs. */
export interface Workers {
  /** What comes of a job, which is kept in the folder of the study by then. Rejects where that is no matter of the trial. */
  run(job: Job): Promise<JobResult>;
  /** What jobs had kept for their next rung, outside of the folder of the study, is not needed any more. */
  forget?(jobs: readonly string[]): Promise<void>;
  /** Ends all that is under way. */
  close(): Promise<void>;
}
