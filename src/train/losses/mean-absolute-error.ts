import { optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import { LOSS_TENSORS, type ValueLossOptions, valueLoss } from './elementwise-loss.ts';
import { defineLoss, type Loss } from './loss.ts';

/**
 * The mean of |output - target| over all outputs, against one value for each; its gradient is a sign, and 0 where they are equal.
 * PyTorch's L1Loss, Keras' MeanAbsoluteError.
 * @example
 * ```ts
 * import { dense, meanAbsoluteError, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const weights = { '0.weight': [[1]], '0.bias': [0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: meanAbsoluteError() });
 * console.log((await model.evaluate({ x: [[5]], y: [[3]] })).loss.toFixed(3)); // prints: 2.000
 * await model.dispose();
 * ```
 */
export const meanAbsoluteError: Maker<[options?: ValueLossOptions], Loss> = defineLoss({
  type: 'meanAbsoluteError',
  make(options: ValueLossOptions = {}) {
    const told = optionsOf('meanAbsoluteError', options, { ignoreNaN: true });
    return valueLoss('meanAbsoluteError', 'linear', absoluteKernel, {}, told);
  },
});

const absoluteKernel = kernel({
  name: 'meanAbsoluteError',
  ...LOSS_TENSORS,
  body: ({ sub, mul, div, greater }, v) => {
    const sign = sub(greater(v.x, v.target), greater(v.target, v.x));
    const loss = mul(sign, sub(v.x, v.target));
    return { loss: div(mul(v.live, loss), v.count), grad: div(mul(v.live, sign), v.count) };
  },
});
