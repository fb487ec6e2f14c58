import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { OptionError, show } from '../../errors.ts';

/** A function on the result of a layer, and its gradient from its own result. */
export interface Activation {
  apply(ops: Ops, x: Handle): Handle;
  grad(ops: Ops, y: Handle, dy: Handle): Handle;
}

/** The functions that `dense` can apply to its result: softmax over each row, the others to each entry. */
export type ActivationName = 'linear' | 'relu' | 'tanh' | 'sigmoid' | 'softmax';

const forward = { inputs: { x: ['x'] }, outputs: { y: ['y'] } } as const;
const backward = { inputs: { y: ['y'], dy: ['dy'] }, outputs: { dx: ['dx'] } } as const;

const relu = kernel({ name: 'relu', ...forward, body: (a, v) => ({ y: a.mul(v.x, a.greater(v.x, a.constant(0))) }) });
const reluGrad = kernel({
  name: 'reluGrad',
  ...backward,
  body: (a, v) => ({ dx: a.mul(v.dy, a.greater(v.y, a.constant(0))) }),
});
const tanh = kernel({ name: 'tanh', ...forward, body: (a, v) => ({ y: a.tanh(v.x) }) });
const tanhGrad = kernel({
  name: 'tanhGrad',
  ...backward,
  body: (a, v) => ({ dx: a.mul(v.dy, a.sub(a.constant(1), a.mul(v.y, v.y))) }),
});
const sigmoid = kernel({ name: 'sigmoid', ...forward, body: (a, v) => ({ y: a.sigmoid(v.x) }) });
const sigmoidGrad = kernel({
  name: 'sigmoidGrad',
  ...backward,
  body: (a, v) => ({ dx: a.mul(v.dy, a.mul(v.y, a.sub(a.constant(1), v.y))) }),
});

function elementwise(f: typeof relu, df: typeof reluGrad): Activation {
  return {
    apply: (ops, x) => ops.run(f, { inputs: { x } }).y,
    grad: (ops, y, dy) => ops.run(df, { inputs: { y, dy } }).dx,
  };
}

const ACTIVATIONS: Readonly<Record<ActivationName, Activation>> = {
  linear: { apply: (_, x) => x, grad: (_, __, dy) => dy },
  relu: elementwise(relu, reluGrad),
  tanh: elementwise(tanh, tanhGrad),
  sigmoid: elementwise(sigmoid, sigmoidGrad),
  softmax: { apply: (ops, x) => ops.softmax(x), grad: (ops, y, dy) => ops.softmaxGrad(y, dy) },
};

/** @throws OptionError for an unknown name */
export function activationOf(who: string, name: ActivationName): Activation {
  if (typeof name !== 'string' || !Object.hasOwn(ACTIVATIONS, name)) {
    throw new OptionError(
      `${who}: an activation of ${Object.keys(ACTIVATIONS).join(', ')} was expected, but ${show(name)} came`,
    );
  }
  return ACTIVATIONS[name];
}
