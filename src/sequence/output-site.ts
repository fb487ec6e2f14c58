import { kernel } from '../engines/kernel.ts';
import type { Factors, Handle, Ops } from '../engines/ops.ts';

/** x ⊙ output, for x [B,N] or [T,B,N]: the site `output` outside of a cell, and by the same product its gradient. */
export function applyOutput(ops: Ops, x: Handle, factors: Factors): Handle {
  const batch = x.shape.at(-2) ?? 1;
  return ops.run(outputSite, { inputs: { x }, factors, batch }).y;
}

const outputSite = kernel({
  name: 'outputSite',
  inputs: { x: ['x'] },
  factors: { output: 0 },
  outputs: { y: ['y'] },
  body: ({ mul }, v) => ({ y: mul(v.x, v.output) }),
});
