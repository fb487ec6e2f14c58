import { expectOneOf, expectText, expectWhole, optionsOf, readable } from '../checks.ts';
import { OptionError, show } from '../errors.ts';
import { version } from '../platform/packages/version.ts';
import { key } from '../random/key.ts';
import type { LabelledOptions } from '../text/readers/read-labelled.ts';
import { expectMonitor, modeOf } from '../train/monitor.ts';
import { hashOf } from './canonical-json.ts';
import type { Places, Task } from './job.ts';
import { hashOfModule } from './objectives/own-module.ts';
import { readTexts } from './objectives/texts.ts';
import type { Pruner } from './pruners/pruner.ts';
import { type PrunerOptions, prunerOf, prunerOptions } from './pruners/pruners.ts';
import { beginningWith, firstTrials } from './samplers/first-trials.ts';
import type { Sampler } from './samplers/sampler.ts';
import { SAMPLERS, type SamplerName } from './samplers/samplers.ts';
import { type Params, type Space, type SpaceJson, spaceOf } from './space.ts';

/** What is searched, and how. */
export interface StudyOptions {
  /** What is searched: see {@link spaceOf}. */
  readonly space: SpaceJson;
  /** A table or a folder of labelled texts: text classifiers are trained on them. */
  readonly data?: string;
  /** How the table is read: `text`, `label` and so on, as for `readLabelled`. */
  readonly reading?: LabelledOptions;
  /** Texts that trials are scored on, read as the data is: all of the data is trained on then. */
  readonly validation?: string;
  /** The share of the texts that trials are scored on; 0.3 when left out. */
  readonly holdout?: number;
  /** A module in place of texts: its `train` is called with a {@link Trial}. */
  readonly module?: string;
  /** Trials to begin with, before the sampler chooses: of what they do not name, a value is drawn. */
  readonly first?: readonly Params[];
  /** The folder of the study: made if there is none; a study that is there goes on. */
  readonly out: string;
  /** How many trials there are in all; a study that goes on can have more. */
  readonly trials: number;
  /** The most epochs of a trial. */
  readonly epochs: number;
  /** Trainings of each trial: with the seeds 1 to that many, or with these; 1 when left out. */
  readonly seeds?: number | readonly number[];
  /** Each seed is trained on so many folds; none when left out, and a part held out. */
  readonly folds?: number;
  /** 'tpe' when left out. */
  readonly sampler?: SamplerName;
  /** `{ name: 'asha' }` when left out, where there are 3 epochs or more. */
  readonly pruner?: PrunerOptions;
  /** What trials are compared by: the best of their epochs counts. 'validation.accuracy' when left out. */
  readonly monitor?: string;
  /** Whether a smaller or a larger score is better; by the name of the score when left out. */
  readonly mode?: 'min' | 'max';
  /** Decides what trials are tried; 0 when left out. */
  readonly key?: number;
  /**
   * How many trials may be under way at once; 8 when left out. What is tried next follows from what came of all but so many of the last, in
   * whatever order they end, so that it is a part of the study and the machines are not.
   */
  readonly parallel?: number;
}

/** A study that was checked. */
export interface Study {
  /** All that decides what comes of it, but for how many trials there are. */
  readonly json: Readonly<Record<string, unknown>>;
  /** It follows from the JSON. */
  readonly name: string;
  readonly trials: number;
  readonly version: string;
  readonly task: Task;
  readonly places: Places;
  readonly space: Space;
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  /** Of so many trials at a rung one goes on. */
  readonly eta: number;
  readonly epochs: number;
  readonly seeds: readonly number[];
  readonly folds: number;
  readonly monitor: string;
  readonly mode: 'min' | 'max';
  readonly parallel: number;
}

const WHO = 'search';

/** The share of the texts that is held out where nothing is said. */
const HOLDOUT = 0.3;

/**
 * Check all that a study is told, and read what it is about.
 * @throws OptionError for an option that is not what it can be; DataError for texts or a module that cannot be read
 */
export async function studyOf(options: StudyOptions): Promise<Study> {
  const told = checked(options);
  const { space, first, sampler, pruner, epochs, seeds, folds, monitor, mode, key: seed, parallel } = told;
  const { task, places } = await taskOf(told);
  const keepgate = await version();
  const json = {
    keepgate,
    task,
    space: space.json,
    sampler,
    pruner,
    epochs,
    seeds,
    folds: folds ?? null,
    monitor,
    mode,
    key: seed,
    parallel,
    ...(first.length > 0 ? { first } : {}),
  };
  return {
    json,
    name: `keepgate-${(await hashOf(json)).slice(0, 16)}`,
    trials: told.trials,
    version: keepgate,
    task,
    places,
    space,
    sampler: beginningWith(first, space, key(seed), SAMPLERS[sampler](space, key(seed))),
    pruner: prunerOf(pruner, epochs),
    eta: pruner.eta,
    epochs,
    seeds,
    folds: folds ?? 1,
    monitor,
    mode,
    parallel,
  };
}

function checked(options: StudyOptions) {
  const told = optionsOf(WHO, options, {
    space: true,
    data: true,
    reading: true,
    validation: true,
    holdout: true,
    module: true,
    first: true,
    out: true,
    trials: true,
    epochs: true,
    seeds: true,
    folds: true,
    sampler: true,
    pruner: true,
    monitor: true,
    mode: true,
    key: true,
    parallel: true,
  });
  const { data, module, out, trials, epochs, folds, sampler = 'tpe', parallel = 8, key: seed = 0 } = told;
  if ((data === undefined) === (module === undefined)) {
    throw new OptionError(
      `${WHO}: data, or a module of your own, was expected, but ${data === undefined ? 'neither' : 'both'} came`,
    );
  }
  expectText(WHO, data === undefined ? 'module' : 'data', data ?? module);
  expectText(WHO, 'out', out);
  expectWhole(WHO, 'trials', trials, 1, 100_000);
  expectWhole(WHO, 'epochs', epochs, 1, 1_000_000);
  if (folds !== undefined) expectWhole(WHO, 'folds', folds, 2, 1000);
  expectOneOf(WHO, 'sampler', sampler, Object.keys(SAMPLERS) as SamplerName[]);
  expectWhole(WHO, 'parallel', parallel, 1, 10_000);
  expectWhole(WHO, 'key', seed, 0);
  const { monitor = 'validation.accuracy', mode = modeOf(WHO, monitor) } = told;
  if (module === undefined) expectMonitor(WHO, monitor);
  expectOneOf(WHO, 'mode', mode, ['min', 'max']);
  const { pruner: wanted = { name: epochs >= 3 ? 'asha' : 'none' } } = told;
  const space = spaceOf(told.space, { anyNames: module !== undefined });
  return {
    ...told,
    space,
    first: firstTrials(space, told.first ?? []),
    seeds: seedsOf(told.seeds ?? 1),
    pruner: prunerOptions(WHO, wanted, epochs),
    sampler,
    parallel,
    key: seed,
    monitor,
    mode,
  };
}

function seedsOf(given: number | readonly number[]): readonly number[] {
  const isList = readable(WHO, () => Array.isArray(given));
  if (!isList) expectWhole(WHO, 'seeds', given as number, 1, 10_000);
  const seeds = isList
    ? Array.from(given as readonly number[])
    : Array.from({ length: given as number }, (_, i) => i + 1);
  for (const seed of seeds) expectWhole(WHO, 'a seed', seed, 0);
  if (seeds.length > 0 && new Set(seeds).size === seeds.length) return seeds;
  throw new OptionError(`${WHO}: seeds that differ were expected, one or more, but ${show(seeds)} came`);
}

/** Reads what is trained on, so that what is wrong with it shows before any work is done. */
async function taskOf({
  data,
  reading = {},
  validation,
  holdout,
  folds,
  module,
  out,
}: Pick<StudyOptions, 'data' | 'reading' | 'validation' | 'holdout' | 'folds' | 'module' | 'out'>): Promise<{
  readonly task: Task;
  readonly places: Places;
}> {
  if (module !== undefined) {
    return { task: { kind: 'module', module: await hashOfModule(module) }, places: { folder: out, module } };
  }
  if (holdout !== undefined && !(typeof holdout === 'number' && holdout > 0 && holdout < 1)) {
    throw new OptionError(`${WHO}: a number between 0 and 1 was expected as holdout, but ${show(holdout)} came`);
  }
  const parts = Object.entries({ validation, holdout, folds }).filter(([, value]) => value !== undefined);
  if (parts.length > 1) {
    const names = parts.map(([name]) => name);
    throw new OptionError(
      `${WHO}: one of validation, holdout and folds was expected, but ${names.join(' and ')} came; leave one out`,
    );
  }
  if (validation !== undefined) expectText(WHO, 'validation', validation);
  const texts = { path: data as string, reading, ...(validation === undefined ? {} : { validation }) };
  const { hash, validationHash } = await readTexts(texts);
  return {
    task: {
      kind: 'texts',
      texts: hash,
      ...(validationHash === null ? {} : { validation: validationHash }),
      holdout: holdout ?? HOLDOUT,
      folds: folds ?? null,
    },
    places: { folder: out, texts },
  };
}
