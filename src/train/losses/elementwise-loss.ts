import { expectBoolean } from '../../checks.ts';
import { kernel as defineKernel, type Kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import type { Loss } from './loss.ts';

/** The tensors and scalars of a kernel that gives a loss and its gradient, entry by entry. */
export const LOSS_TENSORS = {
  inputs: { output: ['x'], target: ['target'] },
  scalars: ['count'],
  outputs: { loss: ['loss'], grad: ['grad'] },
} as const;

type LossKernel<S extends string> = Kernel<typeof LOSS_TENSORS.inputs, typeof LOSS_TENSORS.outputs, never, 'count' | S>;

/** What the losses of values can be told. */
export interface ValueLossOptions {
  /**
   * Whether a target that is NaN does not count, neither in the loss nor in metrics: that of a sample or of a step as a whole,
   * all of its values. An error when left out.
   */
  readonly ignoreNaN?: boolean;
}

/**
 * A loss of values, entry by entry.
 * @param scalars the kernel's, but for the count
 * @param options those of its config, and `ignoreNaN`
 */
export function valueLoss<S extends string, O extends ValueLossOptions>(
  who: string,
  link: 'sigmoid' | 'linear',
  kernel: LossKernel<S>,
  scalars: Readonly<Record<Exclude<S, 'count'>, number>>,
  { ignoreNaN = false, ...options }: O,
): Omit<Loss, 'config'> & { readonly config: Readonly<Record<string, unknown>> } {
  expectBoolean(who, 'ignoreNaN', ignoreNaN);
  return {
    config: { ...options, ignoreNaN: ignoreNaN || undefined },
    link,
    target: 'values',
    ignoreNaN,
    weighs: true,
    evaluate: meanOf(kernel, scalars),
  };
}

/** The mean of an elementwise loss over all outputs that have a target: the rows as they weigh, if they do. */
function meanOf<S extends string>(
  kernel: LossKernel<S>,
  scalars: Readonly<Record<Exclude<S, 'count'>, number>>,
): Loss['evaluate'] {
  return (ops, output, { values, rows, lengths, counts, weights }) => {
    const width = output.shape.at(-1) ?? 1;
    const count = weights ? width : Math.max(1, rows * width);
    const all = { ...scalars, count } as Readonly<Record<'count' | S, number>>;
    const found = ops.run(kernel, { inputs: { output, target: values }, lengths, scalars: all });
    const share = weights?.shares ?? counts;
    const { loss, grad } = share
      ? ops.run(weighKernel, { inputs: { ...found, share: overUnits(ops, share, width) } })
      : found;
    return { loss: ops.sum(loss), grad };
  };
}

/** Numbers of rows [R,1] at each of their units, [R,N]. */
export function overUnits(ops: Ops, numbers: Handle, units: number): Handle {
  return ops.project(numbers, ops.upload(new Float64Array(units).fill(1), [units, 1]));
}

const weighKernel = defineKernel({
  name: 'weighedLoss',
  inputs: { loss: ['loss'], grad: ['grad'], share: ['share'] },
  outputs: { loss: ['weighed'], grad: ['by'] },
  body: ({ mul }, v) => ({ weighed: mul(v.share, v.loss), by: mul(v.share, v.grad) }),
});
