import { kernel } from '../../engines/kernel.ts';
import type { Handle, Indices, Ops } from '../../engines/ops.ts';
import { isCrossEntropy } from '../losses/softmax-cross-entropy.ts';
import { checkedTarget, expectLoss, type Loss, type Target } from '../losses/loss.ts';
import { expectClasses, type Metric, type MetricTotal } from './metric.ts';

/**
 * The exponential of the mean cross-entropy in nats, without weights or smoothing: of how many equally likely classes a
 * prediction is as unsure. What language models are compared by.
 * @example
 * ```ts
 * import { dense, perplexity, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const model = sequential([dense({ units: 4 })]);
 * const weights = { '0.weight': [[0], [0], [0], [0]], '0.bias': [0, 0, 0, 0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: softmaxCrossEntropy() });
 * const scores = await model.evaluate({ x: [[1], [2]], y: [3, 0] }, { metrics: [perplexity()] });
 * console.log(scores.perplexity?.toFixed(4)); // prints: 4.0000
 * await model.dispose();
 * ```
 */
export function perplexity(): Metric {
  return likelihood('perplexity', Math.exp);
}

/**
 * The mean cross-entropy in bits, without weights or smoothing: of models that predict characters, or bytes.
 * @example
 * ```ts
 * import { bitsPerCharacter, dense, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const model = sequential([dense({ units: 4 })]);
 * const weights = { '0.weight': [[0], [0], [0], [0]], '0.bias': [0, 0, 0, 0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: softmaxCrossEntropy() });
 * const scores = await model.evaluate({ x: [[1], [2]], y: [3, 0] }, { metrics: [bitsPerCharacter()] });
 * console.log(scores['bits-per-character']?.toFixed(4)); // prints: 2.0000
 * await model.dispose();
 * ```
 */
export function bitsPerCharacter(): Metric {
  return likelihood('bits-per-character', (nats) => nats / Math.LN2);
}

/** @param of what is made of the mean cross-entropy */
function likelihood(name: string, of: (nats: number) => number): Metric {
  return Object.freeze<Metric>({
    name,
    total: (ops, output, target, loss, value) => crossEntropy(name, ops, output, target, loss, value),
    value: ([count = 0, sum = 0]) => of(sum / count),
  });
}

function crossEntropy(name: string, ops: Ops, output: Handle, target: Target, loss: Loss, value: Handle): MetricTotal {
  const { values, rows, weights } = checkedTarget(name, ops, output, target);
  expectLoss(name, loss);
  expectClasses(name, loss);
  // The loss is it already, as a rule: then the row of each prediction need not be gone through again.
  const isLoss = isCrossEntropy(loss) && !weights;
  const mean = isLoss ? value : ops.softmaxCrossEntropy(output, values as Indices).loss;
  return { sum: ops.run(timesKernel, { inputs: { mean }, scalars: { rows } }).sum, count: rows };
}

const timesKernel = kernel({
  name: 'sumOfMean',
  inputs: { mean: ['mean'] },
  scalars: ['rows'],
  outputs: { sum: ['sum'] },
  body: ({ mul }, v) => ({ sum: mul(v.mean, v.rows) }),
});
