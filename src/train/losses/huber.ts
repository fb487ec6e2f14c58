import { expectPositive, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import { LOSS_TENSORS, type ValueLossOptions, valueLoss } from './elementwise-loss.ts';
import { defineLoss, type Loss } from './loss.ts';

/** What `huber` can be told. */
export interface HuberOptions extends ValueLossOptions {
  /** The error from which on it grows along a line, above 0; 1 when left out. */
  readonly delta?: number;
}

/**
 * Huber's loss (1964): the mean over all outputs of e² / 2 where the error e = output - target is at most delta, and of
 * delta (|e| - delta / 2) beyond, so that outliers pull no harder than delta. PyTorch's HuberLoss, Keras' Huber.
 * @throws OptionError for a delta that is not above 0
 * @example
 * ```ts
 * import { dense, huber, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const weights = { '0.weight': [[1]], '0.bias': [0] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 1 }, loss: huber({ delta: 1 }) });
 * console.log((await model.evaluate({ x: [[5]], y: [[2]] })).loss.toFixed(3)); // prints: 2.500
 * await model.dispose();
 * ```
 */
export const huber: Maker<[options?: HuberOptions], Loss> = defineLoss({
  type: 'huber',
  make(options: HuberOptions = {}) {
    const { delta = 1, ...more } = optionsOf('huber', options, { delta: true, ignoreNaN: true });
    expectPositive('huber', 'delta', delta);
    return valueLoss('huber', 'linear', huberKernel, { delta }, { delta, ...more });
  },
});

const huberKernel = kernel({
  name: 'huber',
  inputs: LOSS_TENSORS.inputs,
  scalars: [...LOSS_TENSORS.scalars, 'delta'],
  outputs: LOSS_TENSORS.outputs,
  body: ({ constant, add, sub, mul, div, greater, blend }, v) => {
    const error = sub(v.x, v.target);
    const sign = sub(greater(v.x, v.target), greater(v.target, v.x));
    const size = mul(sign, error);
    // The part of the error up to delta, and the rest of it, which is 0 unless there is more.
    const near = blend(greater(size, v.delta), v.delta, size);
    const loss = add(mul(constant(0.5), mul(near, near)), mul(v.delta, sub(size, near)));
    return { loss: div(mul(v.live, loss), v.count), grad: div(mul(v.live, mul(sign, near)), v.count) };
  },
});
