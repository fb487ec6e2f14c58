import type { Ops } from '../engines/ops.ts';
import type { Batch } from './layer.ts';

/** All of a batch over time but its numbers. @param validSteps of each sample, [B]; time is the most of them, and at least 1 */
export function overSteps(ops: Ops, validSteps: Int32Array): Omit<Batch, 'values'> {
  const time = validSteps.reduce((longest, valid) => Math.max(longest, valid), 1);
  const isFull = validSteps.every((valid) => valid === time);
  const lengths = isFull ? null : ops.uploadIndices(validSteps, [validSteps.length]);
  return { batch: validSteps.length, time, validSteps, lengths };
}
