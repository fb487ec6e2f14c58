import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { productOf } from '../../sequence/arithmetic.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { bias } from '../initialise.ts';
import { trained, type WeightSpec } from '../weight-spec.ts';

/** What follows a normalisation: y = x weight + bias, unit by unit, [N] each. Weight decay would pull the gain to 0, not to 1. */
export function scaleAndShiftWeights(size: number): Record<'weight' | 'bias', WeightSpec> {
  const ones = (): Tensor => bias(size, 0, size);
  return { weight: { ...trained([size], ones), decays: false }, bias: trained([size], () => bias(size)) };
}

/** @param x [R,N] */
export function scaleAndShift(ops: Ops, x: Handle, { weight, bias: shift }: Record<'weight' | 'bias', Handle>): Handle {
  return ops.run(scaleAndShiftKernel, { inputs: { x, weight, shift } }).y;
}

/** The gradients by the weights. @param x what was scaled */
export function scaleAndShiftGrads(ops: Ops, x: Handle, dy: Handle): Record<'weight' | 'bias', Handle> {
  return { weight: ops.sumRows(productOf(ops, dy, x)), bias: ops.sumRows(dy) };
}

const scaleAndShiftKernel = kernel({
  name: 'scaleAndShift',
  inputs: { x: ['x'], weight: ['weight'], shift: ['shift'] },
  outputs: { y: ['y'] },
  body: ({ add, mul }, v) => ({ y: add(mul(v.x, v.weight), v.shift) }),
});
