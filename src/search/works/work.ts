import type { Job } from '../job.ts';
import type { PassesWork } from './passes.ts';
import type { VerifyWork } from './verify-subject.ts';

/** What a process can be told to do, as data: all that decides what comes of it. `jobId` names it. */
export type Work = Job | PassesWork | VerifyWork;
