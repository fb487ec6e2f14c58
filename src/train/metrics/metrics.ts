import { expectNumbers, partsOf, readable } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Indices, Ops } from '../../engines/ops.ts';
import { OptionError, show } from '../../errors.ts';
import { checkedTarget, expectLoss, type Loss, type Target } from '../losses/loss.ts';

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
  /**
   * The same for a batch, on the engine that has its outputs, so that no prediction is read back for it: taken in place
   * of `score` where a metric has it.
   * @param output what the last layer gives [R,N], to which the loss's link was not applied yet
   */
  total?(ops: Ops, output: Handle, target: Target, loss: Loss): MetricTotal;
}

/** What the mean score of a batch is made of. */
export interface MetricTotal {
  /** As [1]. */
  readonly sum: Handle;
  /** By what it is divided: as a rule, the rows that have a target. */
  readonly count: number;
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
  return Object.freeze<Metric>({
    name: 'accuracy',
    score(prediction, target) {
      expectNumbers('accuracy', 'prediction', prediction);
      if (typeof target !== 'number') expectNumbers('accuracy', 'target', target);
      if (typeof target === 'number') return argmax(prediction) === target ? 1 : 0;
      const right = prediction.filter((p, i) => p > 0.5 === (target[i] as number) > 0.5);
      return right.length / prediction.length;
    },
    total(ops, output, target, loss) {
      const { values, rows, lengths } = checkedTarget('accuracy', ops, output, target);
      expectLoss('accuracy', loss);
      if (loss.target === 'class') {
        // No link changes the order of a row.
        const ranks = ops.ranks(output, values as Indices);
        return { sum: ops.sum(ops.run(firstKernel, { inputs: { ranks } }).hit), count: rows };
      }
      const x = loss.link === 'softmax' ? ops.softmax(output) : output;
      const { hit } = ops.run(sidesKernel, {
        inputs: { x, target: values },
        lengths,
        scalars: { half: loss.link === 'sigmoid' ? 0 : 0.5 },
      });
      return { sum: ops.sum(hit), count: rows * (output.shape.at(-1) ?? 1) };
    },
  });
}

const firstKernel = kernel({
  name: 'isFirst',
  inputs: { ranks: ['rank'] },
  outputs: { hit: ['hit'] },
  // A rank of -1 has no label.
  body: ({ constant, mul, greater }, v) => ({
    hit: mul(greater(constant(0.5), v.rank), greater(v.rank, constant(-0.5))),
  }),
});

const sidesKernel = kernel({
  name: 'onTheSameSide',
  inputs: { x: ['x'], target: ['target'] },
  scalars: ['half'],
  outputs: { hit: ['hit'] },
  body: ({ constant, sub, mul, greater }, v) => {
    const apart = sub(greater(v.x, v.half), greater(v.target, constant(0.5)));
    return { hit: mul(v.live, sub(constant(1), mul(apart, apart))) };
  },
});

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
    const { name, score, total } = partsOf<Metric>(who, metric, 'name', 'score', 'total');
    const isMetric = typeof score === 'function' && (total === undefined || typeof total === 'function');
    if (typeof name !== 'string' || !isMetric) {
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
