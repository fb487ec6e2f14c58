/**
 * Which scheme and which settings suit a task: studies, samplers, pruners and what runs them.
 * @module keepgate/search
 */

export { defaultSpace, startingPoints } from './default-space.ts';
export type { Choice, Dimension, NumberRange } from './dimension.ts';
export { type BullmqOptions, bullmq } from './drivers/bullmq.ts';
export type { Driver, Workers } from './drivers/driver.ts';
export { type LocalOptions, local } from './drivers/local.ts';
export type { EpochScores, Job, JobResult, Places, Task } from './job.ts';
export type { Train, Trial, TrialOutcome } from './objectives/train-function.ts';
export type { PrunerOptions } from './pruners/pruners.ts';
export type { SamplerName } from './samplers/samplers.ts';
export {
  type JobProgress,
  type SearchOptions,
  type SearchPlan,
  type StudyResult,
  search,
  type TrialResult,
} from './search.ts';
export { type Params, type Space, type SpaceJson, type SpaceOptions, spaceOf } from './space.ts';
export type { StudyOptions } from './study.ts';
export type { Value } from './training-options.ts';
