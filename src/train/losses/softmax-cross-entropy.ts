import { expectNumber, expectWhole, optionsOf } from '../../checks.ts';
import type { Maker } from '../../define.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Indices, Ops } from '../../engines/ops.ts';
import { overUnits } from './elementwise-loss.ts';
import { defineLoss, type Loss, type Target } from './loss.ts';

/** What the cross-entropy of classes is told. */
export interface SoftmaxCrossEntropyOptions {
  /**
   * Targets are this much less sure, from 0 to below 1: 1 - labelSmoothing for the class, and labelSmoothing spread evenly
   * over all (Szegedy et al. 2016, arXiv:1512.00567). 0 when left out.
   */
  readonly labelSmoothing?: number;
  /** The whole number of targets that do not count, neither in the loss nor in metrics; all count when left out. */
  readonly ignoreIndex?: number;
}

/**
 * Cross-entropy of classes, in nats: softmax of the output, one unit a class, against one class number a prediction.
 * The last layer is linear, or has the activation softmax. With weights of classes and samples it is the weighted mean: what
 * PyTorch's CrossEntropyLoss(weight, ignore_index, label_smoothing) gives.
 * @throws OptionError for a smoothing that is not from 0 to below 1, or an ignored target that is not whole
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
export const softmaxCrossEntropy: Maker<[options?: SoftmaxCrossEntropyOptions], Loss> = defineLoss<
  [options?: SoftmaxCrossEntropyOptions]
>({
  type: 'softmaxCrossEntropy',
  make(options = {}) {
    const who = 'softmaxCrossEntropy';
    const { labelSmoothing = 0, ignoreIndex } = optionsOf(who, options, { labelSmoothing: true, ignoreIndex: true });
    expectNumber(who, 'labelSmoothing', labelSmoothing, 1);
    if (ignoreIndex !== undefined) expectWhole(who, 'ignoreIndex', ignoreIndex, Number.MIN_SAFE_INTEGER);
    return {
      config: { labelSmoothing: labelSmoothing === 0 ? undefined : labelSmoothing, ignoreIndex },
      link: 'softmax',
      target: 'class',
      ignoreIndex,
      weighs: true,
      evaluate: (ops, output, target) =>
        target.weights || labelSmoothing > 0
          ? weighted(ops, output, target, labelSmoothing)
          : ops.softmaxCrossEntropy(output, target.values as Indices),
    };
  },
});

/** Whether a loss is the cross-entropy itself, of targets that are as sure as they are. */
export function isCrossEntropy({ config: { type, labelSmoothing = 0 } }: Loss): boolean {
  return type === 'softmaxCrossEntropy' && labelSmoothing === 0;
}

/** The mean of rows that weigh differently, or whose targets are less sure. */
function weighted(
  ops: Ops,
  output: Handle,
  { values, rows, weights }: Target,
  smoothing: number,
): ReturnType<Loss['evaluate']> {
  const classes = output.shape.at(-1) as number;
  const count = Math.max(1, rows);
  const ones = (value: number, shape: readonly number[]): Handle =>
    ops.upload(new Float64Array(classes).fill(value), shape);
  const shares = weights?.shares ?? ops.gather(ones(1 / count, [classes, 1]), values as Indices);
  const share = overUnits(ops, shares, classes);
  const byClass = weights?.classes;
  const { loss, grad } = ops.run(weightedKernel, {
    inputs: {
      x: output,
      p: ops.softmax(output),
      plain: ops.softmaxCrossEntropy(output, values as Indices).grad,
      share,
      sample: byClass ? overUnits(ops, byClass.samples, classes) : share,
      weight: byClass?.weights ?? ones(1, [1, classes]),
      all: byClass
        ? overUnits(ops, ops.reshape(ops.sum(byClass.weights), [1, 1]), classes)
        : ones(classes, [1, classes]),
    },
    scalars: { count, sure: 1 - smoothing, spread: smoothing / classes },
  });
  return { loss: ops.sum(loss), grad };
}

/**
 * With p the softmax of x, and plain = (p - target) / count, what each row adds to its loss: the cross-entropy of its target
 * is the entropy of p and what x tells apart, Σ count x plain - p log p; that of every class, by its weight w, is
 * Σ W (p x - p log p) - w x, where W is the sum of the weights.
 */
const weightedKernel = kernel({
  name: 'weightedCrossEntropy',
  inputs: {
    x: ['x'],
    p: ['p'],
    plain: ['plain'],
    share: ['share'],
    sample: ['sample'],
    weight: ['weight'],
    all: ['all'],
  },
  scalars: ['count', 'sure', 'spread'],
  outputs: { loss: ['loss'], grad: ['grad'] },
  body({ constant, add, sub, mul, log }, v) {
    // A p of 0 has no logarithm, and adds nothing.
    const negentropy = mul(v.p, log(add(v.p, constant(2 ** -80))));
    const target = mul(v.count, v.plain);
    const [one, every] = [mul(v.sure, v.share), mul(v.spread, v.sample)];
    const ofTarget = sub(mul(v.x, target), negentropy);
    const ofAll = sub(mul(v.all, sub(mul(v.p, v.x), negentropy)), mul(v.weight, v.x));
    return {
      loss: add(mul(one, ofTarget), mul(every, ofAll)),
      grad: add(mul(one, target), mul(every, sub(mul(v.all, v.p), v.weight))),
    };
  },
});
