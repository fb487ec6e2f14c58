import type { Handle, Ops } from '../../engines/ops.ts';
import { expectNumbers } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import type { Loss, Target } from '../losses/loss.ts';

/**
 * A score of predictions over a whole set: training, validation and evaluation give the same value whatever the batches.
 * A batch is counted by one of three functions, into numbers that add up over batches, and the value is made of their sums:
 * `score` is averaged over all predictions; `total` counts on the engine; `count` counts what was read of it.
 */
export interface Metric {
  /** What the scores call it. */
  readonly name: string;
  /**
   * The score of one prediction.
   * @param prediction probabilities, or values: one number for each output
   * @param target a class, or values
   */
  score?(prediction: readonly number[], target: number | readonly number[]): number;
  /**
   * The same for a batch, on the engine that has its outputs, so that no prediction is read back for it: taken in place
   * of the others where a metric has it.
   * @param output what the last layer gives [R,N], to which the loss's link was not applied yet
   * @param value the loss of the batch, as [1]
   */
  total?(ops: Ops, output: Handle, target: Target, loss: Loss, value: Handle): MetricTotal;
  /** What a batch comes to in numbers, as many each time; all predictions are read back for it. */
  count?(predictions: Predictions): readonly number[];
  /** Takes what a batch came to into what the batches before it did. Number by number they are added when left out. */
  merge?(tally: number[], batch: readonly number[]): void;
  /**
   * The value of all batches together.
   * @param tally what `count` gave, merged; of `total` the count and the sum, and of `score` the number of predictions and
   *   the sum, whose second over the first is the value when this is left out
   */
  value?(tally: readonly number[]): number;
}

/** What the mean score of a batch is made of. */
export interface MetricTotal {
  /** As [1]. */
  readonly sum: Handle;
  /** By what it is divided: as a rule, the rows that have a target. */
  readonly count: number;
}

/** Predictions of a batch that have a target, one a row. */
export interface Predictions {
  /** R */
  readonly rows: number;
  /** N: how many numbers a prediction has. */
  readonly units: number;
  /** Probabilities or values, [R,N]. */
  readonly values: Float64Array;
  /** Class numbers [R], or values [R,N]. */
  readonly targets: Float64Array;
  /** What they were made for. */
  readonly loss: Loss;
}

/** What batches came to, by the name of the metric. */
export type Tallies = Readonly<Record<string, readonly number[]>>;

/** Take a batch in. */
export function mergeTally(metric: Metric, tally: number[], batch: readonly number[]): void {
  if (metric.merge) metric.merge(tally, batch);
  else for (const [i, value] of batch.entries()) tally[i] = (tally[i] ?? 0) + value;
}

/**
 * The value of what all batches came to.
 * @throws OptionError when what `merge` or `value` of the metric gave is none
 */
export function tallyValue({ name, value }: Metric, tally: readonly number[]): number {
  expectNumbers(`metric ${name}`, 'what its batches come to', tally);
  if (value) return expectScore(name, 'value', value(tally));
  const [count, sum] = tally as readonly [number, number];
  return sum / count;
}

/**
 * What a function of a metric gave, which may be anything: a string would be put behind a sum, and a promise makes it NaN.
 * @throws OptionError for what is no number; NaN is one, of a score that is not defined
 */
export function expectScore(metric: string, part: 'score' | 'value', given: unknown): number {
  if (typeof given === 'number') return given;
  throw new OptionError(
    `metric ${metric}: a number was expected from its ${part}, but ${show(given)} came; return one, and no promise`,
  );
}

/** @throws OptionError unless each prediction is of one class of several */
export function expectClasses(who: string, { target, config }: Loss): void {
  if (target === 'class') return;
  throw new OptionError(
    `metric ${who}: a loss of classes was expected, such as softmaxCrossEntropy(), but ${config.type} came; leave the metric out`,
  );
}
