import type { Job, JobResult, Places } from '../job.ts';

/** What a child is told: where all is, once, and then one job after the other. */
export type ToChild = { readonly places: Places } | { readonly job: Job };

/** What it answers: that it has begun, and then what came of the job, or an error that is no matter of the trial. */
export type FromChild = { readonly begun: true } | { readonly result: JobResult } | { readonly error: string };
