import type { Ops } from '../../engines/ops.ts';
import { type Gathered, gatherRows } from '../gather-rows.ts';
import type { Batch } from '../layer.ts';

/** Of a sequence [T,B,N]: each sample's last valid step, or its first, [B,N]; zeros for a sample without steps. */
export function pickStep(ops: Ops, { values, batch, validSteps }: Batch, which: 'last' | 'first'): Gathered {
  const rows = validSteps.map((valid, sample) =>
    valid === 0 ? -1 : (which === 'last' ? valid - 1 : 0) * batch + sample,
  );
  return gatherRows(ops, values, rows, [batch]);
}
