import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import { LOSS_TENSORS, meanOf } from './elementwise-loss.ts';
import { defineLoss, type Loss } from './loss.ts';

/**
 * Cross-entropy of yes and no, 1 and 0, in nats: sigmoid of each output, against one value from 0 to 1 for it. The last
 * layer is linear, or has the activation sigmoid.
 * @example
 * ```ts
 * import { dense, binaryCrossEntropy, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const weights = { '0.weight': [[0]], '0.bias': [0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: binaryCrossEntropy() });
 * console.log((await model.evaluate({ x: [[5]], y: [[1]] })).loss.toFixed(3)); // prints: 0.693
 * await model.dispose();
 * ```
 */
export const binaryCrossEntropy: Maker<[], Loss> = defineLoss<[]>({
  type: 'binaryCrossEntropy',
  make: () => ({ config: {}, link: 'sigmoid', target: 'values', evaluate: meanOf(binaryKernel, {}) }),
});

const binaryKernel = kernel({
  name: 'binaryCrossEntropy',
  ...LOSS_TENSORS,
  body: ({ constant, add, sub, mul, div, log, sigmoid, greater }, v) => {
    // max(x, 0) - x target + log(1 + exp(-|x|)), which neither overflows nor takes the logarithm of 0.
    const positive = greater(v.x, constant(0));
    const magnitude = mul(v.x, sub(add(positive, positive), constant(1)));
    const loss = sub(sub(mul(v.x, positive), mul(v.x, v.target)), log(sigmoid(magnitude)));
    return {
      loss: div(mul(v.live, loss), v.count),
      grad: div(mul(v.live, sub(sigmoid(v.x), v.target)), v.count),
    };
  },
});
