import type { Handle, Ops } from '../../engines/ops.ts';
import type { Batch } from '../layer.ts';

/** Of a sequence [T,B,N]: each sample's last valid step, or its first, [B,N]; zeros for a sample without steps. */
export function pickStep(
  ops: Ops,
  { values, batch, time, validSteps }: Batch,
  which: 'last' | 'first',
): { readonly y: Handle; backward(dy: Handle): Handle } {
  const rows = validSteps.map((valid, sample) =>
    valid === 0 ? -1 : (which === 'last' ? valid - 1 : 0) * batch + sample,
  );
  const ids = ops.uploadIndices(rows, [batch]);
  return {
    y: ops.gather(ops.reshape(values, [time * batch, values.shape.at(-1) ?? 0]), ids),
    backward: (dy) => ops.reshape(ops.scatterAdd(dy, ids, time * batch), values.shape),
  };
}
