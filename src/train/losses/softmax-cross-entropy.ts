import type { Maker } from '../../define.ts';
import type { Indices } from '../../engines/ops.ts';
import { defineLoss, type Loss } from './loss.ts';

/**
 * Cross-entropy of classes, in nats: softmax of the output, one unit a class, against one class number a prediction.
 * The last layer is linear, or has the activation softmax.
 * @example
 * ```ts
 * import { dense, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const model = sequential([dense({ units: 2 })]);
 * const weights = { '0.weight': [[0], [0]], '0.bias': [0, 0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: softmaxCrossEntropy() });
 * console.log((await model.evaluate({ x: [[5]], y: [1] })).loss.toFixed(3)); // prints: 0.693
 * await model.dispose();
 * ```
 */
export const softmaxCrossEntropy: Maker<[], Loss> = defineLoss<[]>({
  type: 'softmaxCrossEntropy',
  make: () => ({
    config: {},
    link: 'softmax',
    target: 'class',
    evaluate: (ops, output, { values }) => ops.softmaxCrossEntropy(output, values as Indices),
  }),
});
