import { expectNoMore, expectNumber, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';

/** A pure update of one weight: new values, and whatever the optimizer remembers for that weight. */
export interface Optimizer {
  readonly name: string;
  /** What it remembers: tensors shaped like the weight, zero at first. */
  readonly slots: readonly string[];
  /**
   * @param step the number of this update, from 1
   * @param scale multiplies the gradient first: 1, or less when it is clipped
   * @param decays false for what is not to be pulled towards 0, such as the logit of a learned rate; true when left out
   */
  update(
    ops: Ops,
    weight: Handle,
    grad: Handle,
    slots: Readonly<Record<string, Handle>>,
    at: { readonly step: number; readonly scale: number; readonly decays?: boolean },
  ): { readonly weight: Handle; readonly slots: Readonly<Record<string, Handle>> };
}

/** Gradient descent; with momentum, v = momentum v + grad and weight -= learningRate v. */
export function sgd(options: { readonly learningRate?: number; readonly momentum?: number } = {}): Optimizer {
  const { learningRate = 0.01, momentum = 0, ...rest } = optionsOf('sgd', options);
  expectNoMore('sgd', rest);
  expectNumber('sgd', 'learningRate', learningRate);
  expectNumber('sgd', 'momentum', momentum, 1);
  return {
    name: 'sgd',
    slots: ['velocity'],
    update(ops, weight, grad, { velocity }, { scale }) {
      const inputs = { weight, grad, velocity: velocity as Handle };
      const { weight: updated, ...slots } = ops.run(sgdKernel, { inputs, scalars: { learningRate, momentum, scale } });
      return { weight: updated, slots };
    },
  };
}

const sgdKernel = kernel({
  name: 'sgd',
  inputs: { weight: ['w'], grad: ['g'], velocity: ['vOld'] },
  scalars: ['learningRate', 'momentum', 'scale'],
  outputs: { weight: ['updated'], velocity: ['v'] },
  body: ({ add, sub, mul }, v) => {
    const velocity = add(mul(v.momentum, v.vOld), mul(v.g, v.scale));
    return { v: velocity, updated: sub(v.w, mul(v.learningRate, velocity)) };
  },
});

export interface AdamOptions {
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Adam (Kingma and Ba 2015, arXiv:1412.6980). */
export function adam(options: AdamOptions = {}): Optimizer {
  return adamLike('adam', options, 0);
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101). */
export function adamW(options: AdamOptions & { readonly weightDecay?: number } = {}): Optimizer {
  const { weightDecay = 0.01, ...others } = optionsOf('adamW', options);
  expectNumber('adamW', 'weightDecay', weightDecay);
  return adamLike('adamW', others, weightDecay);
}

function adamLike(name: string, options: AdamOptions, weightDecay: number): Optimizer {
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, ...rest } = optionsOf(name, options);
  expectNoMore(name, rest);
  expectNumber(name, 'learningRate', learningRate);
  expectNumber(name, 'beta1', beta1, 1);
  expectNumber(name, 'beta2', beta2, 1);
  expectNumber(name, 'epsilon', epsilon);
  return {
    name,
    slots: ['mean', 'square'],
    update(ops, weight, grad, { mean, square }, { step, scale, decays = true }) {
      // The means start at 0 and are too small at first: divided by what is missing.
      const scalars = {
        ...{ beta1, beta2, epsilon, scale },
        rest1: 1 - beta1,
        rest2: 1 - beta2,
        rate: learningRate / (1 - beta1 ** step),
        correction2: 1 - beta2 ** step,
        decay: decays ? 1 - learningRate * weightDecay : 1,
      };
      const inputs = { weight, grad, mean: mean as Handle, square: square as Handle };
      const { weight: updated, ...slots } = ops.run(adamKernel, { inputs, scalars });
      return { weight: updated, slots };
    },
  };
}

const adamKernel = kernel({
  name: 'adam',
  inputs: { weight: ['w'], grad: ['g'], mean: ['mOld'], square: ['sOld'] },
  scalars: ['beta1', 'rest1', 'beta2', 'rest2', 'epsilon', 'scale', 'rate', 'correction2', 'decay'],
  outputs: { weight: ['updated'], mean: ['m'], square: ['s'] },
  body: ({ add, sub, mul, div, sqrt }, v) => {
    const g = mul(v.g, v.scale);
    const m = add(mul(v.beta1, v.mOld), mul(v.rest1, g));
    const s = add(mul(v.beta2, v.sOld), mul(v.rest2, mul(g, g)));
    const size = add(sqrt(div(s, v.correction2)), v.epsilon);
    return { m, s, updated: sub(mul(v.w, v.decay), mul(v.rate, div(m, size))) };
  },
});
