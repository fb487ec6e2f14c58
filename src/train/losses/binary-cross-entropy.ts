import { expectNumber, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import { LOSS_TENSORS, type ValueLossOptions, valueLoss } from './elementwise-loss.ts';
import { defineLoss, type Loss } from './loss.ts';

/** What the cross-entropy of yes and no is told. */
export interface BinaryCrossEntropyOptions extends ValueLossOptions {
  /** Targets are drawn towards a half by this share, from 0 to below 1: t (1 - labelSmoothing) + labelSmoothing / 2. 0 when left out. */
  readonly labelSmoothing?: number;
}

/**
 * Cross-entropy of yes and no, 1 and 0, in nats: sigmoid of each output, against one value from 0 to 1 for it. The last
 * layer is linear, or has the activation sigmoid.
 * @throws OptionError for a smoothing that is not from 0 to below 1
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
export const binaryCrossEntropy: Maker<[options?: BinaryCrossEntropyOptions], Loss> = defineLoss<
  [options?: BinaryCrossEntropyOptions]
>({
  type: 'binaryCrossEntropy',
  make(options = {}) {
    const who = 'binaryCrossEntropy';
    const told = optionsOf(who, options, { labelSmoothing: true, ignoreNaN: true });
    const { labelSmoothing = 0, ...more } = told;
    expectNumber(who, 'labelSmoothing', labelSmoothing, 1);
    const plain = valueLoss(who, 'sigmoid', binaryKernel, {}, labelSmoothing === 0 ? more : told);
    if (labelSmoothing === 0) return plain;
    return {
      ...plain,
      evaluate(ops, output, target) {
        const { values } = ops.run(smoothKernel, {
          inputs: { t: target.values },
          scalars: { smoothing: labelSmoothing },
        });
        return plain.evaluate(ops, output, { ...target, values });
      },
    };
  },
});

const smoothKernel = kernel({
  name: 'smoothedTargets',
  inputs: { t: ['t'] },
  scalars: ['smoothing'],
  outputs: { values: ['smoothed'] },
  body: ({ constant, add, sub, mul }, v) => ({
    smoothed: add(v.t, mul(v.smoothing, sub(constant(0.5), v.t))),
  }),
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
