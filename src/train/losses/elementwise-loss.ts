import type { Kernel } from '../../engines/kernel.ts';
import type { Loss } from './loss.ts';

/** The tensors and scalars of a kernel that gives a loss and its gradient, entry by entry. */
export const LOSS_TENSORS = {
  inputs: { output: ['x'], target: ['target'] },
  scalars: ['count'],
  outputs: { loss: ['loss'], grad: ['grad'] },
} as const;

type LossKernel<S extends string> = Kernel<typeof LOSS_TENSORS.inputs, typeof LOSS_TENSORS.outputs, never, 'count' | S>;

/**
 * The mean of an elementwise loss over all outputs that have a target.
 * @param scalars the kernel's, but for the count
 */
export function meanOf<S extends string>(
  kernel: LossKernel<S>,
  scalars: Readonly<Record<Exclude<S, 'count'>, number>>,
): Loss['evaluate'] {
  return (ops, output, { values, rows, lengths }) => {
    const count = Math.max(1, rows * (output.shape.at(-1) ?? 1));
    const inputs = { output, target: values };
    const all = { ...scalars, count } as Readonly<Record<'count' | S, number>>;
    const { loss, grad } = ops.run(kernel, { inputs, lengths, scalars: all });
    return { loss: ops.sum(loss), grad };
  };
}
