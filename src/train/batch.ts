import type { Ops } from '../engines/ops.ts';
import { type Batch, onePerSample } from '../layers/layer.ts';
import { kindOf, rowSize, type Signature } from '../layers/signature.ts';
import type { Nested } from '../tensor/tensor.ts';
import { padNumbers, padTokens } from '../text/padding.ts';
import { expectIds, packTargets, stepsOfSamples } from './examples.ts';
import type { Loss, Target } from './losses/loss.ts';

/** Pad samples to the longest of them and upload them. */
export function uploadBatch(ops: Ops, input: Signature, samples: readonly Nested[]): Batch {
  const steps = stepsOfSamples(input, samples);
  const batch = samples.length;
  if (kindOf(input) === 'vector') {
    const size = rowSize('model', input);
    return onePerSample(batch, ops.upload(padNumbers(size, steps, 1), [batch, size]));
  }
  const validSteps = Int32Array.from(steps, ({ length }) => length);
  const time = validSteps.reduce((longest, valid) => Math.max(longest, valid), 1);
  const sizes = {
    batch,
    time,
    validSteps,
    lengths: validSteps.every((length) => length === time) ? null : ops.uploadIndices(validSteps, [batch]),
  };
  if (input.vocabulary !== undefined) {
    expectIds(input.vocabulary, steps);
    const { ids } = padTokens(steps, time);
    return { ...sizes, values: ops.uploadIndices(ids, [time, batch]), ids };
  }
  const size = rowSize('model', input);
  return { ...sizes, values: ops.upload(padNumbers(size, steps, time), [time, batch, size]) };
}

/** The targets of a batch, uploaded. @param at what the model handed on: over time, targets stand at its steps */
export function uploadTargets(ops: Ops, loss: Loss, output: Signature, y: readonly Nested[], at: Batch): Target {
  const { batch, time, validSteps } = at;
  const values = packTargets(loss, output, y, validSteps, time);
  const overTime = output.over === 'time';
  const rows = overTime ? [time, batch] : [batch];
  return {
    values:
      loss.target === 'class'
        ? ops.uploadIndices(values, rows)
        : ops.upload(values, [...rows, rowSize('model', output)]),
    rows: overTime ? validSteps.reduce((a, b) => a + b, 0) : batch,
    lengths: overTime ? at.lengths : null,
  };
}
