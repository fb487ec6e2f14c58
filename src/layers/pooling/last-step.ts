import type { Handle } from '../../engines/ops.ts';
import type { LayerContext } from '../layer.ts';

/** Of a sequence x [T,B,N]: each sample's last valid step, or its first, [B,N]; zeros for a sample without steps. */
export function pickStep(
  { ops, batch, time, validSteps }: LayerContext,
  x: Handle,
  which: 'last' | 'first',
): { readonly y: Handle; backward(dy: Handle): Handle } {
  const rows = validSteps.map((valid, sample) =>
    valid === 0 ? -1 : (which === 'last' ? valid - 1 : 0) * batch + sample,
  );
  const ids = ops.uploadIndices(rows, [batch]);
  return {
    y: ops.gather(ops.reshape(x, [time * batch, x.shape.at(-1) ?? 0]), ids),
    backward: (dy) => ops.reshape(ops.scatterAdd(dy, ids, time * batch), x.shape),
  };
}
