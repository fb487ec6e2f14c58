import { expectNumbers, partsOf, readable } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import type { Loss } from '../losses/loss.ts';

/** A score of one prediction, averaged over all. */
export interface Metric {
  /** What the scores call it. */
  readonly name: string;
  /**
   * The score of one prediction.
   * @param prediction probabilities, or values: one number for each output
   * @param target a class, or values
   */
  score(prediction: readonly number[], target: number | readonly number[]): number;
}

/**
 * The share of predictions that are right: the likeliest class, or each of several yes and no.
 * @example
 * ```ts
 * import { accuracy } from 'keepgate';
 *
 * const { name, score } = accuracy();
 * console.log(name, score([0.2, 0.8], 1), score([0.9, 0.4], [1, 1])); // prints: accuracy 1 0.5
 * ```
 */
export function accuracy(): Metric {
  return {
    name: 'accuracy',
    score(prediction, target) {
      expectNumbers('accuracy', 'prediction', prediction);
      if (typeof target !== 'number') expectNumbers('accuracy', 'target', target);
      if (typeof target === 'number') return argmax(prediction) === target ? 1 : 0;
      const right = prediction.filter((p, i) => p > 0.5 === (target[i] as number) > 0.5);
      return right.length / prediction.length;
    },
  };
}

/** What is averaged where nobody says what: accuracy, where a prediction can be right or wrong. */
export function defaultMetrics({ link }: Loss): readonly Metric[] {
  return link === 'linear' ? [] : [accuracy()];
}

/**
 * The index of the largest value; the first of several.
 * @throws OptionError for what is no list of numbers
 * @example
 * ```ts
 * import { argmax } from 'keepgate';
 *
 * console.log(argmax([0.2, 0.7, 0.1])); // prints: 1
 * ```
 */
export function argmax(values: readonly number[]): number {
  expectNumbers('argmax', 'values', values);
  return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
}

/** @throws OptionError unless they are metrics, whose names tell them apart from each other and from the loss */
export function expectMetrics(who: string, metrics: readonly Metric[]): void {
  if (!readable(who, () => Array.isArray(metrics))) {
    throw new OptionError(
      `${who}: a list of metrics was expected, but ${show(metrics)} came; pass metrics: [accuracy()]`,
    );
  }
  const names = new Set(['loss']);
  for (const metric of readable(who, () => Array.from(metrics))) {
    const { name, score } = partsOf<Metric>(who, metric, 'name', 'score');
    if (typeof name !== 'string' || typeof score !== 'function') {
      throw new OptionError(
        `${who}: a metric { name, score } was expected, but ${show(metric)} came; pass metrics: [accuracy()]`,
      );
    }
    if (names.has(name)) {
      throw new OptionError(`${who}: distinct names of metrics were expected, but ${show(name)} is taken; rename one`);
    }
    names.add(name);
  }
}
