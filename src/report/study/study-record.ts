import type { LabelledOptions } from '../../text/readers/read-labelled.ts';

/** A study as it stands, read from its folder: what is told of it, and what a page of it shows. */
export interface StudyRecord {
  readonly name: string;
  /** What trials are compared by, such as `validation.accuracy`, and whether less of it is better. */
  readonly monitor: string;
  readonly mode: 'min' | 'max';
  readonly sampler: string;
  readonly pruner: { readonly name: string; readonly eta: number; readonly least: number };
  /** The most epochs of a trial. */
  readonly epochs: number;
  readonly seeds: readonly number[];
  /** Null where there are none. */
  readonly folds: number | null;
  /** How many trials were asked for. */
  readonly asked: number;
  readonly dimensions: readonly SearchedName[];
  /** Null for a study of a module. */
  readonly texts: StudyTexts | null;
  /** In the order of their numbers. */
  readonly trials: readonly TrialRecord[];
}

/** The texts of a study, and how they are read. */
export interface StudyTexts {
  readonly path: string;
  readonly reading: LabelledOptions;
  /** What trials are scored on; null where a share of the texts is held out for it. */
  readonly validation: string | null;
  readonly holdout: number;
}

/** A name that is searched. */
export interface SearchedName {
  readonly name: string;
  /** Of a range of numbers; null for choices. */
  readonly range: { readonly low: number; readonly high: number; readonly log: boolean } | null;
  /** Whether it can be one thing alone. */
  readonly isFixed: boolean;
}

/** A trial as far as it is known. */
export interface TrialRecord {
  readonly number: number;
  /** A value for each name that it uses; `scheme` still has its names in braces. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
  /** The scheme with its values. */
  readonly scheme: string;
  /** 'waiting': it may yet be promoted. */
  readonly state: 'running' | 'waiting' | 'complete' | 'pruned' | 'diverged' | 'failed';
  /** The epochs that it was scored after; 0 for none. */
  readonly epochs: number;
  /** The best of its epochs, the mean over seeds and folds; null without a score. */
  readonly score: number | null;
  /** One a seed and fold. */
  readonly each: readonly number[];
  readonly rungs: readonly RungRecord[];
  /** The mean score of each epoch. */
  readonly curve: readonly number[];
  /** Why it failed or diverged; null where it did not. */
  readonly why: string | null;
  /** The times of day, in ms since 1970; null where they have not come. */
  readonly began: number | null;
  readonly ended: number | null;
}

/** What a trial came to after so many epochs. */
export interface RungRecord {
  readonly epochs: number;
  readonly score: number;
  readonly each: readonly number[];
}

/** Trials with a score, the best first: those with more epochs before those with fewer, which are not compared. */
export function ranked({ trials, mode }: Pick<StudyRecord, 'trials' | 'mode'>): readonly TrialRecord[] {
  const sign = mode === 'max' ? -1 : 1;
  return trials
    .filter(({ score }) => score !== null)
    .sort((a, b) => b.epochs - a.epochs || sign * (Number(a.score) - Number(b.score)) || a.number - b.number);
}

/** The name of the score without that of its part: `accuracy` of `validation.accuracy`. */
export function metricOf({ monitor }: { readonly monitor: string }): string {
  return monitor.replace(/^(validation|training)\./, '');
}
