import type { Interval } from '../run/intervals.ts';
import { type MeanOverSeeds, overSeeds } from '../run/scheme-comparison.ts';
import { ranked, type StudyRecord, type TrialRecord } from './study-record.ts';

/** The best trial, and how sure it is that it is. */
export interface Standing {
  readonly best: TrialRecord;
  /** 95%, by bootstrap over seeds and folds; null for fewer than 3. */
  readonly interval: Interval | null;
  /** The next one with as many epochs; null where there is none. */
  readonly runnerUp: TrialRecord | null;
  /** How much better the best is, paired by seed and fold: above 0 where it is better. */
  readonly ahead: MeanOverSeeds | null;
}

/** Null where no trial has a score. */
export function standing(record: StudyRecord): Standing | null {
  const [best, second] = ranked(record);
  if (!best) return null;
  const runnerUp = second && second.epochs === best.epochs ? second : null;
  return { best, interval: overSeeds(best.each).interval, runnerUp, ahead: runnerUp && ahead(record, best, runnerUp) };
}

/** How much better a trial is than another, paired by seed and fold; null unless they have the same. */
export function ahead({ mode }: StudyRecord, trial: TrialRecord, other: TrialRecord): MeanOverSeeds | null {
  if (trial.each.length === 0 || trial.each.length !== other.each.length) return null;
  const sign = mode === 'max' ? 1 : -1;
  return overSeeds(trial.each.map((value, i) => sign * (value - (other.each[i] as number))));
}
