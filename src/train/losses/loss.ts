import { expectNumber, optionsOf, partsOf } from '../../checks.ts';
import { type Configured, type Definition, define, type Maker } from '../../define.ts';
import type { Handle, Indices, Ops } from '../../engines/ops.ts';
import { expectHandle, expectOps } from '../../engines/operand-checks.ts';
import { OptionError, show } from '../../errors.ts';

/** What training minimises: the mean over all predictions that have a target. */
export interface Loss extends Configured {
  /** The activation that turns the model's linear output into predictions. The loss applies it itself. */
  readonly link: 'softmax' | 'sigmoid' | 'linear';
  /** A target is a class number, or one value for each output. */
  readonly target: 'class' | 'values';
  /** The class number of targets that do not count, neither in the loss nor in metrics. None when left out. */
  readonly ignoreIndex?: number | undefined;
  /** Whether a target of values that are NaN does not count, neither in the loss nor in metrics. An error when left out. */
  readonly ignoreNaN?: boolean;
  /**
   * Whether `evaluate` heeds the weights of a target, and its `counts`: without it, weights of classes and samples, and targets that are
   * missing, are refused.
   */
  readonly weighs?: boolean;
  /** The losses of several outputs, by their names, where this one is what they come to. None, as a rule. */
  readonly heads?: Readonly<Record<string, HeadLoss>>;
  /** The mean loss, as [1], and its gradient by the output [R,N]. */
  evaluate(ops: Ops, output: Handle, target: Target): { readonly loss: Handle; readonly grad: Handle };
}

/** The loss of one of several outputs. */
export interface HeadLoss {
  readonly loss: Loss;
  /** What it weighs in the sum that is minimised. */
  readonly weight: number;
}

/** The targets of a batch on the engine. */
export interface Target {
  /** Class numbers [R], -1 where a row has none; or values [R,N], 0 where a row has none. */
  readonly values: Handle;
  /** How many rows have a target. */
  readonly rows: number;
  /** Valid steps of each sample, [B], for rows over time: only rows within have a target. Null when all have. */
  readonly lengths: Indices | null;
  /** 1 for each row that has a target, and 0 for one that is ignored or padding, [R,1]; null or left out when none is ignored. */
  readonly counts?: Handle | null;
  /** What the rows weigh; null or left out when all weigh the same. */
  readonly weights?: TargetWeights | null;
}

/** What the rows of a batch weigh in the mean of a loss. */
export interface TargetWeights {
  /** The weight of each row over that of all, [R,1]: that of its sample times that of its class; 0 for one without a target. */
  readonly shares: Handle;
  /** The weight of all rows. */
  readonly total: number;
  /** The weights of classes, [1,N], and of each row's sample over the weight of all, [R,1]; null when classes have none. */
  readonly classes: { readonly weights: Handle; readonly samples: Handle } | null;
}

/**
 * A new loss: the function that makes it, by whose type a saved model or run finds it again.
 * @example
 * ```ts
 * import { defineLoss, kernel } from 'keepgate';
 *
 * const absolute = kernel({
 *   name: 'absoluteError',
 *   inputs: { output: ['y'], target: ['t'] },
 *   scalars: ['count'],
 *   outputs: { loss: ['loss'], grad: ['grad'] },
 *   body({ sub, mul, div, greater }, v) {
 *     const sign = div(sub(greater(v.y, v.t), greater(v.t, v.y)), v.count);
 *     return { loss: mul(sign, sub(v.y, v.t)), grad: sign };
 *   },
 * });
 * // The mean distance of one value for each sample.
 * const absoluteError = defineLoss<[]>({
 *   type: 'absoluteError',
 *   make: () => ({
 *     config: {},
 *     link: 'linear',
 *     target: 'values',
 *     evaluate(ops, output, { values: target, rows: count }) {
 *       const { loss, grad } = ops.run(absolute, { inputs: { output, target }, scalars: { count } });
 *       return { loss: ops.sum(loss), grad };
 *     },
 *   }),
 * });
 * console.log(absoluteError().config); // prints: { type: 'absoluteError' }
 * ```
 */
export function defineLoss<A extends readonly unknown[]>(definition: Definition<A, Loss>): Maker<A, Loss> {
  return define(definition, (made) => ({
    ...made,
    evaluate(ops, output, target) {
      return made.evaluate(ops, output, checkedTarget(definition.type, ops, output, target));
    },
  }));
}

/** @throws OptionError or EngineError unless these are an engine, and an output and targets on one */
export function checkedTarget(who: string, ops: Ops, output: Handle, target: Target): Target {
  expectOps(who, ops);
  expectHandle(who, 'output', output);
  const {
    values,
    rows,
    lengths,
    counts = null,
    weights = null,
  } = optionsOf(`${who}: target`, target, {
    values: true,
    rows: true,
    lengths: true,
    counts: true,
    weights: true,
  });
  expectHandle(who, 'the values of the target', values);
  expectNumber(who, 'the rows of the target', rows);
  if (lengths !== null) expectHandle(who, 'the lengths of the target', lengths);
  if (counts !== null) expectHandle(who, 'the counts of the target', counts);
  if (weights !== null)
    expectHandle(who, 'the shares of the target', partsOf<TargetWeights>(who, weights, 'shares').shares);
  return { values, rows, lengths, counts, weights };
}

/** @throws OptionError unless it is a loss */
export function expectLoss(who: string, loss: unknown): asserts loss is Loss {
  const { evaluate, link, target, config } = partsOf<Loss>(who, loss, 'evaluate', 'link', 'target', 'config');
  const fits =
    typeof evaluate === 'function' &&
    (link === 'softmax' || link === 'sigmoid' || link === 'linear') &&
    (target === 'class' || target === 'values') &&
    typeof config?.type === 'string';
  if (!fits) {
    throw new OptionError(`${who}: a loss was expected, but ${show(loss)} came; pass softmaxCrossEntropy() or another`);
  }
}
