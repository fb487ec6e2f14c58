import { ACTIVATIONS, type ActivationFormula, type ElementwiseActivation } from '../../cells/activations.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { OptionError, show } from '../../errors.ts';

/** A function on the result of a layer, and its gradient from its own result. */
export interface Activation {
  apply(ops: Ops, x: Handle): Handle;
  grad(ops: Ops, y: Handle, dy: Handle): Handle;
}

/** The functions that `dense` can apply to its result: softmax over each row, the others to each entry. */
export type ActivationName = ElementwiseActivation | 'softmax';

function elementwise(name: string, { value, derivative }: ActivationFormula): Activation {
  const forward = kernel({
    name,
    inputs: { x: ['x'] },
    outputs: { y: ['y'] },
    body: (algebra, v) => ({ y: value(algebra, v.x) }),
  });
  const backward = kernel({
    name: `${name}Grad`,
    inputs: { y: ['y'], dy: ['dy'] },
    outputs: { dx: ['dx'] },
    body: (algebra, v) => ({ dx: algebra.mul(v.dy, derivative(algebra, v.y)) }),
  });
  return {
    apply: (ops, x) => ops.run(forward, { inputs: { x } }).y,
    grad: (ops, y, dy) => ops.run(backward, { inputs: { y, dy } }).dx,
  };
}

const OF_LAYERS: Readonly<Record<ActivationName, Activation>> = {
  linear: { apply: (_, x) => x, grad: (_, __, dy) => dy },
  relu: elementwise('relu', ACTIVATIONS.relu),
  tanh: elementwise('tanh', ACTIVATIONS.tanh),
  sigmoid: elementwise('sigmoid', ACTIVATIONS.sigmoid),
  hardSigmoid: elementwise('hardSigmoid', ACTIVATIONS.hardSigmoid),
  'hardSigmoid0.2': elementwise('hardSigmoid0.2', ACTIVATIONS['hardSigmoid0.2']),
  softmax: { apply: (ops, x) => ops.softmax(x), grad: (ops, y, dy) => ops.softmaxGrad(y, dy) },
};

/** Whether `dense` can apply a function of that name. */
export function isActivationName(name: string): name is ActivationName {
  return Object.hasOwn(OF_LAYERS, name);
}

/** @throws OptionError for an unknown name */
export function activationOf(who: string, name: ActivationName): Activation {
  if (typeof name !== 'string' || !Object.hasOwn(OF_LAYERS, name)) {
    throw new OptionError(
      `${who}: an activation of ${Object.keys(OF_LAYERS).join(', ')} was expected, but ${show(name)} came`,
    );
  }
  return OF_LAYERS[name];
}
