import { readBytes } from '#platform/files.js';
import { basename, extname } from '#platform/paths.js';
import { isPlain, nearest } from '../../../checks.ts';
import { DataError, messageOf, OptionError, show } from '../../../errors.ts';
import { inWords } from '../../../interop/system-error.ts';
import { defaultSpace, startingPoints } from '../../../search/default-space.ts';
import type { SamplerName } from '../../../search/samplers/samplers.ts';
import type { Params, SpaceJson } from '../../../search/space.ts';
import type { StudyOptions } from '../../../search/study.ts';
import { TRAINING_OPTIONS } from '../../../search/training-options.ts';
import type { DataOptions } from '../../data/data-options.ts';
import { readingOf } from '../../data/data-texts.ts';

/** What `keepgate search` is told. Of the options of a training, those that were given. */
export interface SearchCommandOptions extends DataOptions {
  readonly validation?: string;
  readonly holdout?: number;
  readonly folds?: number;
  readonly test?: string;
  readonly space?: string;
  readonly schemes?: readonly string[];
  readonly cell?: 'lstm' | 'gru' | 'rnn';
  readonly trials: number;
  readonly epochs: number;
  readonly seeds: number;
  readonly sampler: SamplerName;
  readonly pruner?: 'asha' | 'hyperband' | 'none';
  readonly eta?: number;
  readonly least?: number;
  readonly key: number;
  readonly parallel?: number;
  readonly slots?: number;
  readonly limit?: number;
  readonly queue?: string;
  readonly prefix?: string;
  readonly store?: string;
  readonly out?: string;
  readonly retryFailed: boolean;
  readonly report?: string;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** The study that a command asks for. @throws OptionError or DataError for a space that is none */
export async function studyOfCommand(data: string, options: SearchCommandOptions): Promise<StudyOptions> {
  if (data === '-') {
    throw new OptionError(
      'search: a file or a folder was expected, which each process reads, but standard input came; write it to a file',
    );
  }
  const { validation, holdout, folds } = options;
  const { space, first } = await spaceOfCommand(options);
  const { trials, epochs, seeds, sampler, key, parallel } = options;
  return {
    data,
    reading: defined(readingOf(options)),
    space,
    ...(first.length > 0 ? { first } : {}),
    trials,
    epochs,
    seeds,
    sampler,
    key,
    out: options.out ?? `${basename(data, extname(data))}-search`,
    ...defined({ validation, holdout, folds, parallel, pruner: prunerOf(options) }),
  };
}

function prunerOf({ pruner, eta, least, epochs }: SearchCommandOptions): StudyOptions['pruner'] {
  if (pruner === undefined && eta === undefined && least === undefined) return undefined;
  const name = pruner ?? ((least ?? 1) * (eta ?? 3) <= epochs ? 'asha' : 'none');
  const stray = name === 'none' ? ['eta', 'least'].find((_, i) => [eta, least][i] !== undefined) : undefined;
  if (stray !== undefined) {
    throw new OptionError(
      `search: no --${stray} was expected where all trials get all epochs, but it came; leave it out, or give more --epochs`,
    );
  }
  return { name, ...defined({ eta, least }) };
}

/** A space of a file or the default one, with what the command says of all trials; and with what the search begins. */
async function spaceOfCommand(
  options: SearchCommandOptions,
): Promise<{ readonly space: SpaceJson; readonly first: readonly Params[] }> {
  const { space: file, schemes } = options;
  const given = Object.entries(options).filter(([name]) => Object.hasOwn(TRAINING_OPTIONS, name));
  if (file !== undefined) {
    if (schemes !== undefined) {
      throw new OptionError('search: --space or --schemes was expected, but both came; leave one out');
    }
    const space = await readSpace(file);
    const twice = given.find(([name]) => Object.hasOwn(space, name));
    if (twice === undefined) return { space: { ...space, ...Object.fromEntries(given) }, first: [] };
    throw new OptionError(
      `search: ${twice[0]} was expected in ${show(file)} or as an option, but it came twice; leave one out`,
    );
  }
  const whole = defaultSpace(options.cell);
  const chosen = schemesNamed(whole.scheme as readonly string[], schemes ?? ['all']);
  const used = Object.entries(whole).filter(
    ([name]) => Object.hasOwn(TRAINING_OPTIONS, name) || chosen.some((text) => text.includes(`{${name}}`)),
  );
  const space = { ...Object.fromEntries(used), scheme: chosen, ...Object.fromEntries(given) };
  return { space, first: startingPoints(space) };
}

/** @throws OptionError for a name that no scheme of the default space has */
function schemesNamed(texts: readonly string[], names: readonly string[]): readonly string[] {
  if (names.includes('all')) return texts;
  const known = [...new Set(texts.flatMap((text) => text.split(/\([^)]*\)|\+/).filter((part) => part !== '')))];
  const stray = names.find((name) => name !== 'papers' && !known.includes(name));
  if (stray !== undefined) {
    const meant = nearest(stray, known);
    throw new OptionError(
      `search: --schemes: all, papers, or some of ${known.join(', ')} were expected, but ${show(stray)} came${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    );
  }
  const isNamed = (text: string): boolean =>
    text.split(/\([^)]*\)|\+/).some((part) => names.includes(part)) ||
    (names.includes('papers') && text.endsWith('()'));
  return texts.filter(isNamed);
}

async function readSpace(path: string): Promise<SpaceJson> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(path));
  } catch (error) {
    throw new DataError(`search: a space was expected in ${show(path)}, but ${inWords(error)}`);
  }
  let space: unknown;
  try {
    space = JSON.parse(text);
  } catch (error) {
    throw new DataError(
      `search: a space as JSON was expected in ${show(path)}, but ${messageOf(error)}; mend it there`,
    );
  }
  if (!isPlain(space)) {
    throw new DataError(
      `search: an object of names was expected in ${show(path)}, but ${show(space)} came; write { "scheme": [...], "r": [0, 0.6] }`,
    );
  }
  // What editors read, and nobody else.
  const { $schema: _, ...said } = space;
  return said;
}

/** Without what is undefined. */
function defined<O extends object>(told: O): { [N in keyof O]?: Exclude<O[N], undefined> } {
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as {
    [N in keyof O]?: Exclude<O[N], undefined>;
  };
}
