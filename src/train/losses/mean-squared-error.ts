import { optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import { LOSS_TENSORS, type ValueLossOptions, valueLoss } from './elementwise-loss.ts';
import { defineLoss, type Loss } from './loss.ts';

/**
 * The mean of (output - target)² over all outputs, against one value for each.
 * @example
 * ```ts
 * import { dense, meanSquaredError, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const weights = { '0.weight': [[1]], '0.bias': [0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: meanSquaredError() });
 * console.log((await model.evaluate({ x: [[5]], y: [[3]] })).loss.toFixed(3)); // prints: 4.000
 * await model.dispose();
 * ```
 */
export const meanSquaredError: Maker<[options?: ValueLossOptions], Loss> = defineLoss({
  type: 'meanSquaredError',
  make(options: ValueLossOptions = {}) {
    const told = optionsOf('meanSquaredError', options, { ignoreNaN: true });
    return valueLoss('meanSquaredError', 'linear', squareKernel, {}, told);
  },
});

const squareKernel = kernel({
  name: 'meanSquaredError',
  ...LOSS_TENSORS,
  body: ({ add, sub, mul, div }, v) => {
    const error = sub(v.x, v.target);
    return {
      loss: div(mul(v.live, mul(error, error)), v.count),
      grad: div(mul(v.live, add(error, error)), v.count),
    };
  },
});
