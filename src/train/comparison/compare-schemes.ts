import { expectFunction, expectObject, expectOneOf, expectWhole, optionsOf, readable } from '../../checks.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import { type Key, wordsOf } from '../../random/key.ts';
import { bootstrapInterval, type Spread, spreadOf } from './spread.ts';

/** More trainings of each scheme than anybody waits for. */
const MOST_SEEDS = 1_000_000;

/** How schemes are compared. */
export interface CompareOptions {
  /** Trainings of each scheme: with the seeds 1 to that many, or with these. */
  readonly seeds: number | readonly number[];
  /** Draws the resamples of the intervals. */
  readonly key: Key;
  /** The scheme that the others are compared with; the first when left out. */
  readonly baseline?: string;
  /** Of the intervals, between 0 and 1; 0.95 when left out. */
  readonly confidence?: number;
  /** Of an interval; 10,000 when left out. */
  readonly resamples?: number;
}

/** What one training came to. */
export interface ComparedRun {
  /** The name of the scheme. */
  readonly scheme: string;
  readonly seed: number;
  /** What is compared, by name: the same names in all runs. */
  readonly scores: Readonly<Record<string, number>>;
}

/** A score of a scheme, with one value a seed. */
export interface ComparedScore extends Spread {
  /** A percentile bootstrap interval of the mean; null for fewer than 3 values. */
  readonly interval: readonly [low: number, high: number] | null;
}

/** A score of a scheme less that of the baseline, seed by seed. */
export interface SchemeDifference extends ComparedScore {
  readonly scheme: string;
  readonly baseline: string;
  readonly score: string;
}

/** What came of a comparison: data that JSON holds, if the runs are. */
export interface Comparison<R extends Pick<ComparedRun, 'scores'>> {
  /** Scheme by scheme, in the order of the seeds. */
  readonly runs: readonly (R & Omit<ComparedRun, 'scores'>)[];
  /** By scheme and score. */
  readonly scores: Readonly<Record<string, { readonly [N in keyof R['scores']]: ComparedScore }>>;
  /** Of each scheme but the baseline, and each score. */
  readonly differences: readonly SchemeDifference[];
}

/**
 * Train every scheme with the same seeds, one after the other, and say how their scores differ: paired, as a seed has the same data,
 * first weights and order under each scheme, with percentile bootstrap intervals over the seeds. What is compared may be anything.
 * @param train one training: what it comes to has `scores`, and anything else that the runs are to have
 * @throws OptionError for what is no scheme by its name, an option that is not what it can be, and scores that the runs do not share;
 *   DataError for a score that is not finite
 * @example
 * ```ts
 * import { compareSchemes, dense, key, lstm, meanSquaredError, sequential, variational } from 'keepgate';
 *
 * const x = [[[1], [0], [2]], [[0], [3]], [[2], [1]]];
 * const schemes = { none: [], variational: variational({ recurrent: 0.3 }) };
 * const { scores, differences } = await compareSchemes(
 *   schemes,
 *   async ({ scheme, seed }) => {
 *     const model = sequential([lstm({ units: 4, dropout: scheme }), dense({ units: 1 })]);
 *     const { epochs } = await model.fit({ x, y: [[3], [3], [3]] }, { key: key(seed), epochs: 2, loss: meanSquaredError() });
 *     await model.dispose();
 *     return { scores: { loss: epochs[1]?.training.loss ?? Number.NaN } };
 *   },
 *   { seeds: 3, key: key(0) },
 * );
 * console.log(Object.keys(scores), scores.none?.loss?.values.length); // prints: [ 'none', 'variational' ] 3
 * console.log(differences.map(({ scheme, baseline, score }) => `${scheme} - ${baseline}: ${score}`));
 * // prints: [ 'variational - none: loss' ]
 * ```
 */
export async function compareSchemes<S, R extends Pick<ComparedRun, 'scores'>>(
  schemes: Readonly<Record<string, S>>,
  train: (run: { readonly name: string; readonly scheme: S; readonly seed: number }) => Promise<R>,
  options: CompareOptions,
): Promise<Comparison<R>> {
  const who = 'compareSchemes';
  expectObject(who, schemes);
  const named = readable(who, () => Object.entries(schemes));
  if (named.length === 0) throw new OptionError(`${who}: schemes by their names were expected, but none came`);
  expectFunction(who, 'train', train);
  const { seeds, ...told } = checked(
    who,
    options,
    named.map(([name]) => name),
  );
  const runs: (R & ComparedRun)[] = [];
  for (const [name, scheme] of named) {
    for (const seed of seeds) {
      const run = await train({ name, scheme, seed });
      expectScores(who, `${name}, seed ${seed}`, run, runs[0]?.scores);
      runs.push({ ...run, scheme: name, seed });
    }
  }
  return compared(runs, told);
}

function checked(who: string, options: CompareOptions, names: readonly string[]) {
  const {
    seeds,
    key,
    baseline = names[0] as string,
    confidence = 0.95,
    resamples = 10_000,
  } = optionsOf(who, options, {
    seeds: true,
    key: true,
    baseline: true,
    confidence: true,
    resamples: true,
  });
  const isList = readable(who, () => Array.isArray(seeds));
  if (!isList) expectWhole(who, 'seeds', seeds as number, 1, MOST_SEEDS);
  const list = isList
    ? Array.from(seeds as readonly number[])
    : Array.from({ length: seeds as number }, (_, i) => i + 1);
  for (const seed of list) expectWhole(who, 'a seed', seed, 0);
  if (list.length === 0 || new Set(list).size < list.length)
    throw new OptionError(`${who}: seeds that differ were expected, one or more, but ${show(list)} came`);
  wordsOf(who, key);
  expectOneOf(who, 'baseline', baseline, names);
  if (!(typeof confidence === 'number' && confidence > 0 && confidence < 1))
    throw new OptionError(`${who}: a number between 0 and 1 was expected as confidence, but ${show(confidence)} came`);
  expectWhole(who, 'resamples', resamples, 1, 1_000_000);
  return { seeds: list, key, baseline, confidence, resamples };
}

/** @throws OptionError unless they are numbers, by the names that the first run had; DataError for one that is not finite */
function expectScores(who: string, run: string, result: unknown, first: ComparedRun['scores'] | undefined): void {
  const scores: unknown = readable(who, () => Object(result).scores);
  const names = Object.keys(Object(scores));
  const fits =
    names.length > 0 &&
    names.every((name) => typeof (scores as ComparedRun['scores'])[name] === 'number') &&
    (first === undefined || Object.keys(first).sort().join('\n') === [...names].sort().join('\n'));
  const stray = fits ? names.find((name) => !Number.isFinite((scores as ComparedRun['scores'])[name])) : undefined;
  if (stray !== undefined) {
    const came = show((scores as ComparedRun['scores'])[stray]);
    throw new DataError(
      `${who}: a finite number was expected as the score ${show(stray)} of ${run}, but ${came} came; leave the score or the scheme out, or mend its training`,
    );
  }
  if (fits) return;
  const wanted = first === undefined ? 'numbers by their names' : `numbers named ${Object.keys(first).join(', ')}`;
  throw new OptionError(`${who}: ${wanted} were expected as scores of ${run}, but ${show(scores)} came`);
}

/**
 * How the scores of runs differ.
 * @param runs scheme by scheme; each scheme has the same seeds, in the same order, and each run the same scores
 */
export function compared<R extends ComparedRun>(
  runs: readonly R[],
  {
    baseline,
    ...drawing
  }: { readonly key: Key; readonly baseline: string; readonly confidence: number; readonly resamples: number },
): Comparison<R> {
  const names = [...new Set(runs.map(({ scheme }) => scheme))];
  const scoreNames = Object.keys(runs[0]?.scores ?? {});
  const valuesOf = (scheme: string, name: string): number[] =>
    runs.flatMap((run) => (run.scheme === scheme ? [run.scores[name] as number] : []));
  const score = (values: readonly number[]): ComparedScore => {
    return { ...spreadOf(values), interval: bootstrapInterval(values, drawing) };
  };
  return {
    runs,
    scores: Object.fromEntries(
      names.map((scheme) => [
        scheme,
        Object.fromEntries(scoreNames.map((name) => [name, score(valuesOf(scheme, name))])),
      ]),
    ) as Comparison<R>['scores'],
    differences: names.flatMap((scheme) =>
      scheme === baseline
        ? []
        : scoreNames.map((name) => {
            const before = valuesOf(baseline, name);
            const less = valuesOf(scheme, name).map((value, i) => value - (before[i] as number));
            return { scheme, baseline, score: name, ...score(less) };
          }),
    ),
  };
}
