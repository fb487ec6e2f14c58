import { kernel } from '../../engines/kernel.ts';
import type { Handle, Indices, Ops } from '../../engines/ops.ts';

/** What a model is trained to make small: the mean over all predictions that have a target. */
export interface Loss {
  readonly name: string;
  /** The activation that turns the model's linear output into predictions. The loss applies it itself. */
  readonly link: 'softmax' | 'sigmoid' | 'linear';
  /** A target is a class number, or one value for each output. */
  readonly target: 'class' | 'values';
  /** The mean loss, as [1], and its gradient by the output [R,N]. */
  evaluate(ops: Ops, output: Handle, target: Target): { readonly loss: Handle; readonly grad: Handle };
}

/** The targets of a batch on the engine. */
export interface Target {
  /** Class numbers [R], -1 where a row has none; or values [R,N]. */
  readonly values: Handle;
  /** How many rows have a target, and which: for rows over time, those within the lengths. */
  readonly rows: number;
  readonly lengths: Indices | null;
}

/** Cross-entropy of classes: softmax of the output, against one class number a prediction. */
export function softmaxCrossEntropy(): Loss {
  return {
    name: 'softmaxCrossEntropy',
    link: 'softmax',
    target: 'class',
    evaluate: (ops, output, { values }) => ops.softmaxCrossEntropy(output, values as Indices),
  };
}

/** Cross-entropy of yes and no, 1 and 0: sigmoid of each output. */
export function binaryCrossEntropy(): Loss {
  return { name: 'binaryCrossEntropy', link: 'sigmoid', target: 'values', evaluate: elementwise(binaryKernel) };
}

/** The mean of (output - target)². */
export function meanSquaredError(): Loss {
  return { name: 'meanSquaredError', link: 'linear', target: 'values', evaluate: elementwise(squareKernel) };
}

const shape = {
  inputs: { output: ['x'], target: ['target'] },
  scalars: ['count'],
  outputs: { loss: ['loss'], grad: ['grad'] },
} as const;

const binaryKernel = kernel({
  name: 'binaryCrossEntropy',
  ...shape,
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

const squareKernel = kernel({
  name: 'meanSquaredError',
  ...shape,
  body: ({ add, sub, mul, div }, v) => {
    const error = sub(v.x, v.target);
    return {
      loss: div(mul(v.live, mul(error, error)), v.count),
      grad: div(mul(v.live, add(error, error)), v.count),
    };
  },
});

function elementwise(of: typeof binaryKernel | typeof squareKernel): Loss['evaluate'] {
  return (ops, output, { values, rows, lengths }) => {
    const count = Math.max(1, rows * (output.shape.at(-1) ?? 1));
    const { loss, grad } = ops.run(of, { inputs: { output, target: values }, lengths, scalars: { count } });
    return { loss: ops.sum(loss), grad };
  };
}
