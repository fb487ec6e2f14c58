import { kernel } from '../../engines/kernel.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import { sumOf } from '../../sequence/arithmetic.ts';
import type { Batch } from '../layer.ts';
import { pickStep } from '../pooling/last-step.ts';

/** What each direction handed on last, [B,N] of [T,B,N]: forward at the last valid step, reverse at the first. */
export function finalStep(ops: Ops, y: Batch, directions: 1 | 2): ReturnType<typeof pickStep> {
  if (directions === 1) return pickStep(ops, y, 'last');
  const last = pickStep(ops, y, 'last');
  const first = pickStep(ops, y, 'first');
  return {
    y: ops.run(joinEnds, { inputs: { last: last.y, first: first.y } }).y,
    backward(dy: Handle) {
      const d = ops.run(splitEnds, { inputs: { dy } });
      return sumOf(ops, last.backward(d.last), first.backward(d.first));
    },
  };
}

const joinEnds = kernel({
  name: 'joinEnds',
  inputs: { last: ['lastAhead', 'lastBack'], first: ['firstAhead', 'firstBack'] },
  outputs: { y: ['ahead', 'back'] },
  body: (_, v) => ({ ahead: v.lastAhead, back: v.firstBack }),
});

const splitEnds = kernel({
  name: 'splitEnds',
  inputs: { dy: ['ahead', 'back'] },
  outputs: { last: ['lastAhead', 'lastBack'], first: ['firstAhead', 'firstBack'] },
  body: ({ constant }, v) => ({
    lastAhead: v.ahead,
    lastBack: constant(0),
    firstAhead: constant(0),
    firstBack: v.back,
  }),
});
