import { isMissing, readBytes } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { isPlain } from '../../checks.ts';
import { DataError, messageOf, show } from '../../errors.ts';
import { inWords } from '../../interop/system-error.ts';
import type {
  RungRecord,
  SearchedName,
  StudyRecord,
  StudyTexts,
  TrialRecord,
} from '../../report/study/study-record.ts';
import type { Dimension } from '../dimension.ts';
import { type Params, schemeText, type Space, spaceOf } from '../space.ts';
import type { StudyOptions } from '../study.ts';
import type { Value } from '../training-options.ts';
import type { Places, Task } from '../job.ts';
import { type Entry, OPERATIONS, STATES } from './entries.ts';
import { readEntries } from './journal.ts';

/** What study.json says, as far as it is needed. */
interface Said {
  readonly space: Readonly<Record<string, unknown>>;
  readonly task: Task;
  readonly sampler: string;
  readonly pruner: Required<NonNullable<StudyOptions['pruner']>>;
  readonly epochs: number;
  readonly seeds: readonly number[];
  readonly folds: number | null;
  readonly monitor: string;
  readonly mode: 'min' | 'max';
}

/**
 * A study as it stands in its folder, also while a search works in it: nothing is changed.
 * @throws DataError where there is none, or it is damaged
 */
export async function readStudy(folder: string): Promise<StudyRecord> {
  const said = await readSaid(folder);
  const path = join(folder, 'journal.jsonl');
  const entries = readEntries(path, (await bytesAt(path)) ?? new Uint8Array());
  const space = spaceOf(said.space, { anyNames: said.task.kind === 'module' });
  let asked = 0;
  let name = '';
  const trials: Draft[] = [];
  for (const [i, entry] of entries.entries()) {
    const { op_code: operation } = entry;
    if (operation === OPERATIONS.study) name = `${entry.study_name}`;
    if (operation === OPERATIONS.studyAttribute) asked = attribute(entry, 'keepgate:trials') ?? asked;
    if (operation === OPERATIONS.trial) trials.push(draft(entry));
    const trial = trials[entry.trial_id as number];
    if (entry.trial_id === undefined) continue;
    if (trial === undefined) {
      throw new DataError(
        `search: a trial that has begun was expected in line ${i + 1} of ${show(path)}, but ${show(entry.trial_id)} came; put back what was there`,
      );
    }
    take(trial, entry, space);
  }
  const { task, sampler, pruner, epochs, seeds, folds, monitor, mode } = said;
  const texts = task.kind === 'module' ? null : await textsOf(folder, task);
  const told = { name, monitor, mode, sampler, pruner, epochs, seeds, folds, asked, texts };
  return { ...told, dimensions: space.dimensions.map(searched), trials: trials.map(recordOf) };
}

/** A trial while its entries are read. */
interface Draft {
  readonly params: Record<string, Value>;
  readonly rungs: RungRecord[];
  readonly curve: number[];
  readonly began: number | null;
  /** The epochs that its jobs go to. */
  goesTo: number;
  state: unknown;
  failed: string | null;
  diverged: string | null;
  ended: number | null;
}

function draft({ datetime_start: began }: Entry): Draft {
  const empty = { params: {}, rungs: [], curve: [], goesTo: 0, state: null, failed: null, diverged: null };
  return { ...empty, began: timeOf(began), ended: null };
}

function take(trial: Draft, entry: Entry, { dimensions }: Space): void {
  if (entry.op_code === OPERATIONS.param) {
    const one = dimensions.find(({ name }) => name === entry.param_name);
    const value = entry.param_value_internal as number;
    trial.params[`${entry.param_name}`] = one?.kind === 'choice' ? (one.choices[value] as Value) : value;
  }
  if (entry.op_code === OPERATIONS.score) {
    trial.curve[(entry.step as number) - 1] = entry.intermediate_value as number;
  }
  if (entry.op_code === OPERATIONS.state) {
    trial.state = entry.state;
    trial.ended = timeOf(entry.datetime_complete);
  }
  if (entry.op_code !== OPERATIONS.trialAttribute) return;
  for (const [name, value] of Object.entries(Object(entry.user_attr))) {
    const [, what, to] = /^keepgate:(jobs|score) to (\d+)$/.exec(name) ?? [];
    if (what === 'jobs') trial.goesTo = Number(to);
    if (what === 'score') {
      const { mean, each } = value as { readonly mean: number; readonly each: readonly number[] };
      trial.rungs.push({ epochs: Number(to), score: mean, each });
    }
    if (name === 'keepgate:failed') trial.failed = `${value}`;
    if (name === 'keepgate:diverged') trial.diverged = `${value}`;
  }
}

function recordOf({ params, rungs, curve, began, ended, ...trial }: Draft, number: number): TrialRecord {
  const last = rungs.at(-1);
  const epochs = last?.epochs ?? 0;
  const { failed, diverged, goesTo } = trial;
  const why = failed ?? diverged;
  const open = goesTo > epochs ? 'running' : 'waiting';
  const halted = trial.state === null ? open : trial.state === STATES.complete ? 'complete' : 'pruned';
  return {
    number,
    params,
    scheme: schemeText(params as Params),
    state: failed !== null ? 'failed' : diverged !== null ? 'diverged' : halted,
    epochs,
    // A trial that failed or diverged later is not what it was.
    score: why === null ? (last?.score ?? null) : null,
    each: why === null ? (last?.each ?? []) : [],
    rungs,
    curve,
    why,
    began,
    ended,
  };
}

function searched(one: Dimension): SearchedName {
  if (one.kind === 'choice') return { name: one.name, range: null, isFixed: one.choices.length === 1 };
  const { name, low, high, log } = one;
  return { name, range: { low, high, log }, isFixed: false };
}

function attribute(entry: Entry, name: string): number | undefined {
  const value: unknown = Object(entry.user_attr)[name];
  return typeof value === 'number' ? value : undefined;
}

/** The journal has times of UTC without a zone. */
function timeOf(text: unknown): number | null {
  const time = Date.parse(`${text}`.replace(/\d{3}$/, 'Z'));
  return Number.isNaN(time) ? null : time;
}

async function textsOf(folder: string, { holdout }: { readonly holdout: number }): Promise<StudyTexts> {
  const path = join(folder, 'places.json');
  const bytes = await bytesAt(path);
  try {
    const { texts } = JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())) as Places;
    if (isPlain(texts)) return { validation: null, ...texts, reading: texts.reading ?? {}, holdout };
  } catch {
    // As it is told below.
  }
  throw new DataError(`search: the path of the texts was expected in ${show(path)}; the same search writes it again`);
}

async function readSaid(folder: string): Promise<Said> {
  const path = join(folder, 'study.json');
  const bytes = await bytesAt(path);
  if (bytes === null) {
    throw new DataError(
      `search: the folder of a study was expected at ${show(folder)}, but it has no study.json; check the path`,
    );
  }
  try {
    const said: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (isPlain(said) && isPlain(said.space) && isPlain(said.task)) return said as unknown as Said;
  } catch (error) {
    throw new DataError(
      `search: a study was expected in ${show(path)}, but ${messageOf(error)}; put back what was there`,
    );
  }
  throw new DataError(`search: a study was expected in ${show(path)}, but something else is there; check the path`);
}

async function bytesAt(path: string): Promise<Uint8Array | null> {
  try {
    return await readBytes(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw new DataError(`search: ${show(path)} was to be read, but ${inWords(error)}`);
  }
}
