import { expectNumbers, expectWhole } from '../../checks.ts';
import { DataError } from '../../errors.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Indices } from '../../engines/ops.ts';
import { productSum } from '../../sequence/arithmetic.ts';
import { overUnits } from '../losses/elementwise-loss.ts';
import { checkedTarget, expectLoss } from '../losses/loss.ts';
import { expectClasses, type Metric } from './metric.ts';

/**
 * The share of predictions that are right: the likeliest class, or each of several yes and no. NaN where a prediction is.
 * @example
 * ```ts
 * import { accuracy } from 'keepgate';
 *
 * const { name, score } = accuracy();
 * console.log(name, score([0.2, 0.8], 1), score([0.9, 0.4], [1, 1])); // prints: accuracy 1 0.5
 * ```
 */
export function accuracy(): Metric & Required<Pick<Metric, 'score'>> {
  return Object.freeze({
    name: 'accuracy',
    score(prediction: readonly number[], target: number | readonly number[]) {
      expectNumbers('accuracy', 'prediction', prediction);
      if (typeof target !== 'number') expectNumbers('accuracy', 'target', target);
      if (prediction.length === 0 || Array.from(prediction).some(Number.isNaN)) return Number.NaN;
      if (typeof target === 'number') return argmaxOf(prediction) === target ? 1 : 0;
      const right = prediction.filter((p, i) => p > 0.5 === (target[i] as number) > 0.5);
      return right.length / prediction.length;
    },
    total(...[ops, output, target, loss]: Parameters<NonNullable<Metric['total']>>) {
      const { values, rows, lengths, counts } = checkedTarget('accuracy', ops, output, target);
      expectLoss('accuracy', loss);
      if (loss.target === 'class') {
        // No link changes the order of a row.
        const ranks = ops.ranks(output, values as Indices);
        return { sum: ops.sum(ops.run(firstKernel, { inputs: { ranks }, scalars: { k: 1 } }).hit), count: rows };
      }
      const x = loss.link === 'softmax' ? ops.softmax(output) : output;
      const { hit } = ops.run(sidesKernel, {
        inputs: { x, target: values },
        lengths,
        scalars: { half: loss.link === 'sigmoid' ? 0 : 0.5 },
      });
      const units = output.shape.at(-1) ?? 1;
      const sum = counts ? productSum(ops, hit, overUnits(ops, counts, units)) : ops.sum(hit);
      return { sum, count: rows * units };
    },
  });
}

/**
 * The share of predictions whose class is among the k likeliest ones, equal ones as they stand.
 * @throws OptionError when k is not a whole number from 1, and in `fit` for a loss that is not of classes
 * @example
 * ```ts
 * import { dense, sequential, softmaxCrossEntropy, topK } from 'keepgate';
 *
 * const model = sequential([dense({ units: 3 })]);
 * const weights = { '0.weight': [[1], [2], [3]], '0.bias': [0, 0, 0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: softmaxCrossEntropy() });
 * const examples = { x: [[1], [1], [-1], [-1]], y: [1, 0, 0, 2] };
 * console.log((await model.evaluate(examples, { metrics: [topK(2)] }))['top-2']); // prints: 0.5
 * await model.dispose();
 * ```
 */
export function topK(k: number): Metric {
  expectWhole('topK', 'k', k, 1);
  const name = `top-${k}`;
  return Object.freeze<Metric>({
    name,
    total(ops, output, target, loss) {
      const { values, rows } = checkedTarget(name, ops, output, target);
      expectLoss(name, loss);
      expectClasses(name, loss);
      const ranks = ops.ranks(output, values as Indices);
      return { sum: ops.sum(ops.run(firstKernel, { inputs: { ranks }, scalars: { k } }).hit), count: rows };
    },
  });
}

const firstKernel = kernel({
  name: 'isAmongTheFirst',
  inputs: { ranks: ['rank'] },
  scalars: ['k'],
  outputs: { hit: ['hit'] },
  // A rank of -1 has no label.
  body: ({ constant, mul, sub, greater }, v) => ({
    hit: mul(greater(sub(v.k, constant(0.5)), v.rank), greater(v.rank, constant(-0.5))),
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

/**
 * The index of the largest value; the first of several.
 * @throws OptionError for what is no list of numbers, DataError for none, and for NaN, which nothing is larger than
 * @example
 * ```ts
 * import { argmax } from 'keepgate';
 *
 * console.log(argmax([0.2, 0.7, 0.1])); // prints: 1
 * ```
 */
export function argmax(values: readonly number[]): number {
  expectNumbers('argmax', 'values', values);
  const wrong = Array.from(values).findIndex(Number.isNaN);
  if (values.length > 0 && wrong === -1) return argmaxOf(values);
  throw new DataError(
    `argmax: one or more numbers were expected, but ${wrong === -1 ? 'none' : `NaN at index ${wrong}`} came; look at the loss and the weights of the model`,
  );
}

/** The same of numbers that were checked: NaN would make the first of them the largest. */
export function argmaxOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}
