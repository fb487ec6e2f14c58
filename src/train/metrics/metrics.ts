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
 * @example
 * ```ts
 * import { argmax } from 'keepgate';
 *
 * console.log(argmax([0.2, 0.7, 0.1])); // prints: 1
 * ```
 */
export function argmax(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
}
