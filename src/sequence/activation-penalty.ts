import { kernel } from '../engines/kernel.ts';
import type { Factors, Handle, Indices, Ops } from '../engines/ops.ts';
import { addTimes, squareSum } from './arithmetic.ts';
import { applyOutput } from './output-site.ts';

/**
 * Activation regularisation (AR) and its temporal form (TAR), Merity et al. 2017, arXiv:1708.02182: the loss grows by
 * `ar` Σ y² and by `tar` Σ (h_t - h_{t-1})², where h [T,B,H] is the output of a lane before the site `output`, and y
 * after it. Only valid steps count. Both sums are the same for a lane that reads backwards.
 */
export interface ActivationPenalty {
  readonly ar: number;
  readonly tar: number;
  /** The factors of the site `output`. The lane itself must have none then, as h is needed without them. */
  readonly output: Factors;
}

/** The output of a lane, and what it adds to the loss. */
export interface LaneOutput {
  readonly y: Handle;
  /** [1] each. */
  readonly penalties: readonly (() => Handle)[];
  /** The gradients by y and by h, penalties included, from the gradient by y of all that reads y. */
  backward(dy: Handle): { readonly y: Handle; readonly h: Handle };
}

/** y from h [T,B,H] that is zero past a sample's length. */
export function penalised(
  ops: Ops,
  h: Handle,
  lengths: Indices | null,
  { ar, tar, output }: ActivationPenalty,
): LaneOutput {
  const y = applyOutput(ops, h, output);
  const change = tar > 0 && (h.shape[0] ?? 0) > 1 ? changes(ops, h, lengths) : null;
  return {
    y,
    penalties: [
      ...(ar > 0 ? [() => squareSum(ops, y, ar)] : []),
      ...(change ? [() => squareSum(ops, change, tar)] : []),
    ],
    backward(dy) {
      const total = ar > 0 ? addTimes(ops, dy, 2 * ar, y) : dy;
      const dh = applyOutput(ops, total, output);
      return { y: total, h: change ? addChangeGrad(ops, dh, change, 2 * tar) : dh };
    },
  };
}

/** h_t - h_{t-1} for t = 1 .. T-1, [(T-1)*B,H]; zero where t is past the sample's length. */
function changes(ops: Ops, h: Handle, lengths: Indices | null): Handle {
  const [time = 0, batch = 0, hidden = 0] = h.shape;
  const rows = ops.reshape(h, [time * batch, hidden]);
  const inputs = { before: ops.rows(rows, 0, (time - 1) * batch), after: ops.rows(rows, batch, time * batch) };
  return ops.run(changeKernel, { inputs, t: 1, batch, lengths }).change;
}

/** h_t ends the change into it and begins the next one: dh_t + scale (change_t - change_{t+1}). */
function addChangeGrad(ops: Ops, dh: Handle, change: Handle, scale: number): Handle {
  const none = ops.zeros(dh.shape.slice(1));
  const [into, from] = [
    [none, change],
    [change, none],
  ].map((parts) => ops.reshape(ops.concat(parts), dh.shape)) as [Handle, Handle];
  return ops.run(changeGrad, { inputs: { dh, into, from }, scalars: { scale } }).total;
}

const changeKernel = kernel({
  name: 'changeOverTime',
  inputs: { before: ['before'], after: ['after'] },
  outputs: { change: ['change'] },
  body: ({ mul, sub }, v) => ({ change: mul(v.live, sub(v.after, v.before)) }),
});

const changeGrad = kernel({
  name: 'changeOverTimeGrad',
  inputs: { dh: ['dh'], into: ['into'], from: ['from'] },
  scalars: ['scale'],
  outputs: { total: ['total'] },
  body: ({ add, sub, mul }, v) => ({ total: add(v.dh, mul(v.scale, sub(v.into, v.from))) }),
});
