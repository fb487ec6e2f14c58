import { type AnyMaker, type Config, type Maker, restoreBy } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
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
  make: () => ({ config: {}, link: 'sigmoid', target: 'values', evaluate: elementwise(binaryKernel) }),
});

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
export const meanSquaredError: Maker<[], Loss> = defineLoss<[]>({
  type: 'meanSquaredError',
  make: () => ({ config: {}, link: 'linear', target: 'values', evaluate: elementwise(squareKernel) }),
});

/** The losses of this package. */
export const LOSSES: readonly AnyMaker<Loss>[] = [softmaxCrossEntropy, binaryCrossEntropy, meanSquaredError];

/**
 * The loss of a config; in files a name stands for one without options.
 * @param own a user's own losses
 * @throws ModelError when nobody knows it
 */
export function restoreLoss(config: unknown, own: readonly AnyMaker<Loss>[] = []): Loss {
  return restoreBy('loss', [...own, ...LOSSES], typeof config === 'string' ? { type: config } : config);
}

/** The config for a file: its name alone where that is all. */
export function writeLoss({ config }: Loss): Config | string {
  return Object.keys(config).length === 1 ? config.type : config;
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
