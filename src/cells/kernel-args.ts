import type { Handle, KernelArgs } from '../engines/ops.ts';
import type { BackwardStep, ForwardStep } from './cell.ts';

/**
 * What a kernel of a step runs on: the same as `{ ...step, inputs }`, without what the kernel does not ask for. Named
 * one by one, as to spread a step costs as much as several checks of the engine's, at each step of each sequence.
 */
export function kernelArgs<I extends string>(
  { factors, lengths, batch, loop, t }: ForwardStep | BackwardStep,
  inputs: Readonly<Record<I, Handle>>,
): KernelArgs<I, never> {
  return { factors, lengths, batch, loop, t, inputs };
}
