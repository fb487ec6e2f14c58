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

/**
 * The mean of an elementwise loss over all outputs that have a target: the rows as they weigh, if they do.
 * @param scalars the kernel's, but for the count
 */
export function meanOf<S extends string>(
  kernel: LossKernel<S>,
  scalars: Readonly<Record<Exclude<S, 'count'>, number>>,
): Loss['evaluate'] {
  return (ops, output, { values, rows, lengths, weights }) => {
    const width = output.shape.at(-1) ?? 1;
    const count = weights ? width : Math.max(1, rows * width);
    const all = { ...scalars, count } as Readonly<Record<'count' | S, number>>;
    const found = ops.run(kernel, { inputs: { output, target: values }, lengths, scalars: all });
    const { loss, grad } = weights
      ? ops.run(weighKernel, { inputs: { ...found, share: overUnits(ops, weights.shares, width) } })
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
