import type { Dimension } from '../dimension.ts';
import type { Params } from '../space.ts';
import type { Value } from '../training-options.ts';

/** A line of a journal, in the format of Optuna's JournalStorage. */
export type Entry = Readonly<Record<string, unknown>>;

/** What became of a trial, as Optuna numbers it. */
export const STATES = { running: 0, complete: 1, pruned: 2, failed: 3 } as const;

/** How Optuna numbers operations: the others are not used. */
export const OPERATIONS = {
  study: 0,
  studyAttribute: 2,
  trial: 4,
  param: 5,
  state: 6,
  score: 7,
  trialAttribute: 8,
} as const;

/** Optuna has a worker write each line; here it is always the coordinator, which is one. */
const WRITER = { worker_id: 'keepgate' } as const;

export function studyEntry(name: string, direction: 'min' | 'max'): Entry {
  return { op_code: OPERATIONS.study, ...WRITER, study_name: name, directions: [direction === 'min' ? 1 : 2] };
}

/** One attribute a line: Optuna takes no more. */
export function studyAttribute(name: string, value: unknown): Entry {
  return { op_code: OPERATIONS.studyAttribute, ...WRITER, study_id: 0, user_attr: { [name]: value } };
}

/** A trial begins, with the next number; and then its params. */
export function trialEntries(number: number, params: Params, dimensions: readonly Dimension[], now: string): Entry[] {
  return [
    { op_code: OPERATIONS.trial, ...WRITER, study_id: 0, datetime_start: now },
    ...dimensions.flatMap((one) =>
      Object.hasOwn(params, one.name) ? [paramEntry(number, one, params[one.name] as Value)] : [],
    ),
  ];
}

function paramEntry(trial: number, dimension: Dimension, value: Value): Entry {
  return {
    op_code: OPERATIONS.param,
    ...WRITER,
    trial_id: trial,
    param_name: dimension.name,
    // A choice by its index.
    param_value_internal: dimension.kind === 'choice' ? dimension.choices.indexOf(value) : value,
    distribution: JSON.stringify(distributionOf(dimension)),
  };
}

function distributionOf(dimension: Dimension): unknown {
  if (dimension.kind === 'choice')
    return { name: 'CategoricalDistribution', attributes: { choices: dimension.choices } };
  const { low, high, log, whole } = dimension;
  return whole
    ? { name: 'IntDistribution', attributes: { log, step: 1, low, high } }
    : { name: 'FloatDistribution', attributes: { step: null, low, high, log } };
}

export function trialAttribute(trial: number, name: string, value: unknown): Entry {
  return { op_code: OPERATIONS.trialAttribute, ...WRITER, trial_id: trial, user_attr: { [name]: value } };
}

/** The score of a trial after some epochs. */
export function scoreEntry(trial: number, epochs: number, score: number): Entry {
  return { op_code: OPERATIONS.score, ...WRITER, trial_id: trial, step: epochs, intermediate_value: score };
}

/** A trial ends. @param score null where it has none */
export function stateEntry(trial: number, state: keyof typeof STATES, score: number | null, now: string): Entry {
  const values = score === null ? null : [score];
  return {
    op_code: OPERATIONS.state,
    ...WRITER,
    trial_id: trial,
    state: STATES[state],
    values,
    datetime_complete: now,
  };
}

/** The time of now as Python reads it: no zone, which is UTC. */
export function timestamp(): string {
  return new Date().toISOString().replace('Z', '000');
}
