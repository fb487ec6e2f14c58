import type { Kernel } from '../../engines/kernel.ts';
import type { Loss } from './loss.ts';

/** The tensors and scalars of a kernel that gives a loss and its gradient, entry by entry. */
export const LOSS_TENSORS = {
  inputs: { output: ['x'], target: ['target'] },
  scalars: ['count'],
  outputs: { loss: ['loss'], grad: ['grad'] },
} as const;

type LossKernel = Kernel<typeof LOSS_TENSORS.inputs, typeof LOSS_TENSORS.outputs, never, 'count'>;

/** The mean of an elementwise loss over all outputs that have a target. */
export function meanOf(kernel: LossKernel): Loss['evaluate'] {
  return (ops, output, { values, rows, lengths }) => {
    const count = Math.max(1, rows * (output.shape.at(-1) ?? 1));
    const { loss, grad } = ops.run(kernel, { inputs: { output, target: values }, lengths, scalars: { count } });
    return { loss: ops.sum(loss), grad };
  };
}
