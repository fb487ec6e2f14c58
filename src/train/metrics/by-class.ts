import { expectOneOf, expectText, expectWhole, optionsOf } from '../../checks.ts';
import { OptionError } from '../../errors.ts';
import { argmaxOf } from './accuracy.ts';
import type { Metric, Predictions } from './metric.ts';

/** What precision, recall and F1 are told. */
export interface ByClassOptions {
  /**
   * Each class counts as much (macro), as it has examples (weighted), or all predictions are counted together (micro); macro
   * when left out. A class that neither occurs nor is predicted does not count.
   */
  readonly average?: 'macro' | 'micro' | 'weighted';
  /** Of this class alone, in place of an average. */
  readonly of?: number;
  /** What the scores call it. */
  readonly name?: string;
}

/** What is counted of a class. */
export interface Counts {
  /** Of the class, and predicted to be. */
  readonly right: number;
  readonly predicted: number;
  readonly actual: number;
}

/**
 * The share of what is predicted to be of a class that is: of each class, and of each yes of several yes and no; 0 where
 * nothing is predicted to be.
 * @throws OptionError for an average that there is not, or with a class beside it; in `fit` for a loss of values
 * @example
 * ```ts
 * import { dense, precision, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const model = sequential([dense({ units: 2 })]);
 * const weights = { '0.weight': [[0], [1]], '0.bias': [0, 0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: softmaxCrossEntropy() });
 * const examples = { x: [[3], [1], [2], [-4]], y: [1, 0, 1, 1] };
 * const scores = await model.evaluate(examples, { metrics: [precision(), precision({ of: 1 })] });
 * console.log(scores.precision?.toFixed(4), scores['precision:1']?.toFixed(4)); // prints: 0.3333 0.6667
 * await model.dispose();
 * ```
 */
export function precision(options: ByClassOptions = {}): Metric {
  return byClass('precision', options, precisionOf);
}

/**
 * The share of a class that is predicted to be of it, averaged as `precision` is; 0 for a class that does not occur.
 * @throws OptionError as `precision` does
 * @example
 * ```ts
 * import { dense, recall, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const model = sequential([dense({ units: 2 })]);
 * const weights = { '0.weight': [[0], [1]], '0.bias': [0, 0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: softmaxCrossEntropy() });
 * const examples = { x: [[3], [1], [2], [-4], [-1]], y: [1, 0, 1, 1, 0] };
 * const scores = await model.evaluate(examples, { metrics: [recall(), recall({ of: 1 })] });
 * console.log(scores.recall?.toFixed(4), scores['recall:1']?.toFixed(4)); // prints: 0.5833 0.6667
 * await model.dispose();
 * ```
 */
export function recall(options: ByClassOptions = {}): Metric {
  return byClass('recall', options, recallOf);
}

/**
 * The harmonic mean of precision and recall of a class, averaged over classes as `precision` is.
 * @throws OptionError as `precision` does
 * @example
 * ```ts
 * import { dense, f1, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const model = sequential([dense({ units: 2 })]);
 * const weights = { '0.weight': [[0], [1]], '0.bias': [0, 0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: softmaxCrossEntropy() });
 * const examples = { x: [[3], [1], [2], [-4], [-1]], y: [1, 0, 1, 1, 0] };
 * const scores = await model.evaluate(examples, { metrics: [f1({ average: 'macro' }), 'f1-weighted'] });
 * console.log(scores['f1-macro']?.toFixed(4), scores['f1-weighted']?.toFixed(4)); // prints: 0.5833 0.6000
 * await model.dispose();
 * ```
 */
export function f1(options: ByClassOptions = {}): Metric {
  return byClass('f1', options, f1Of);
}

export function precisionOf({ right, predicted }: Counts): number {
  return right / Math.max(1, predicted);
}

export function recallOf({ right, actual }: Counts): number {
  return right / Math.max(1, actual);
}

export function f1Of({ right, predicted, actual }: Counts): number {
  return (2 * right) / Math.max(1, predicted + actual);
}

function byClass(kind: string, options: ByClassOptions, of: (counts: Counts) => number): Metric {
  const given = optionsOf(kind, options, { average: true, of: true, name: true });
  const { average } = given;
  if (average !== undefined) expectOneOf(kind, 'average', average, ['macro', 'micro', 'weighted']);
  if (given.of !== undefined) expectWhole(kind, 'of', given.of, 0);
  if (average !== undefined && given.of !== undefined)
    throw new OptionError(`${kind}: an average or one class was expected, but both came; leave average or of out`);
  if (given.name !== undefined) expectText(kind, 'name', given.name);
  const part = given.of === undefined ? (average === undefined ? '' : `-${average}`) : `:${given.of}`;
  const name = given.name ?? `${kind}${part}`;
  return Object.freeze<Metric>({
    name,
    count: (predictions) => countClasses(name, predictions, given.of),
    value(tally) {
      const classes = Array.from({ length: tally.length / 3 }, (_, c) => countsAt(tally, c));
      if (given.of !== undefined) return of(countsAt(tally, given.of));
      return averaged(average ?? 'macro', classes, of);
    },
  });
}

/** What a score of classes comes to, over those that occur or are predicted. */
export function averaged(
  average: 'macro' | 'micro' | 'weighted',
  classes: readonly Counts[],
  of: (counts: Counts) => number,
): number {
  const total = (part: (counts: Counts) => number): number => classes.reduce((sum, one) => sum + part(one), 0);
  if (average === 'micro') {
    return of({
      right: total(({ right }) => right),
      predicted: total(({ predicted }) => predicted),
      actual: total(({ actual }) => actual),
    });
  }
  const weight = ({ predicted, actual }: Counts): number =>
    average === 'weighted' ? actual : Math.sign(predicted + actual);
  const all = total(weight);
  return all === 0 ? 0 : total((one) => weight(one) * of(one)) / all;
}

function countsAt(tally: readonly number[], c: number): Counts {
  const [right = 0, predicted = 0, actual = 0] = tally.slice(3 * c, 3 * c + 3);
  return { right, predicted, actual };
}

/** Right, predicted and actual ones of each class, or of each yes: [N,3]. */
function countClasses(who: string, { rows, units, values, targets, loss }: Predictions, of?: number): number[] {
  if (loss.link === 'linear' && loss.target === 'values') {
    throw new OptionError(
      `metric ${who}: a loss of classes, or of yes and no, was expected, but ${loss.config.type} came; leave the metric out`,
    );
  }
  if (of !== undefined && of >= units) {
    throw new OptionError(
      `metric ${who}: a class from 0 to ${units - 1} was expected, but ${of} came; a single yes or no is class 0`,
    );
  }
  const counts: number[] = new Array(3 * units).fill(0);
  // No class is the likeliest of them.
  if (values.some(Number.isNaN)) return counts.fill(Number.NaN);
  const raise = (unit: number, part: number): void => {
    counts[3 * unit + part] = (counts[3 * unit + part] as number) + 1;
  };
  const see = (unit: number, predicted: boolean, actual: boolean): void => {
    if (predicted && actual) raise(unit, 0);
    if (predicted) raise(unit, 1);
    if (actual) raise(unit, 2);
  };
  for (let row = 0; row < rows; row++) {
    const from = row * units;
    if (loss.target === 'values') {
      for (let u = 0; u < units; u++) see(u, (values[from + u] as number) > 0.5, (targets[from + u] as number) > 0.5);
      continue;
    }
    const [predicted, actual] = [argmaxOf(values.subarray(from, from + units)), targets[row] as number];
    see(predicted, true, predicted === actual);
    if (predicted !== actual) see(actual, false, true);
  }
  return counts;
}
