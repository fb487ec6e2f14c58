import type { Ops } from '../../engines/ops.ts';
import { type Batch, onePerSample } from '../../layers/layer.ts';
import { kindOf, rowSize, type Signature } from '../../layers/signature.ts';
import { padNumbers, padTokens, type Steps } from '../../text/padding.ts';
import type { Loss, Target as UploadedTarget } from '../losses/loss.ts';
import { stagingFor } from './staging.ts';
import { packTargets, type Target } from './targets.ts';

/** Pad samples to the longest of them and upload them. */
export function uploadBatch(ops: Ops, input: Signature, samples: readonly Steps[]): Batch {
  const batch = samples.length;
  if (kindOf(input) === 'vector') {
    const size = rowSize('model', input);
    return onePerSample(batch, ops.upload(padNumbers(size, samples, 1, stagingFor(ops)), [batch, size]));
  }
  const validSteps = Int32Array.from(samples, ({ steps }) => steps);
  const time = validSteps.reduce((longest, valid) => Math.max(longest, valid), 1);
  const sizes = {
    batch,
    time,
    validSteps,
    lengths: validSteps.every((length) => length === time) ? null : ops.uploadIndices(validSteps, [batch]),
  };
  if (input.vocabulary !== undefined) {
    const { ids } = padTokens(
      samples.map(({ values }) => values as ArrayLike<number>),
      time,
    );
    return { ...sizes, values: ops.uploadIndices(ids, [time, batch]), ids };
  }
  const size = rowSize('model', input);
  return { ...sizes, values: ops.upload(padNumbers(size, samples, time, stagingFor(ops)), [time, batch, size]) };
}

/** The targets of a batch, uploaded. @param at what the model handed on: over time, targets stand at its steps */
export function uploadTargets(
  ops: Ops,
  loss: Loss,
  output: Signature,
  targets: readonly Target[],
  at: Batch,
): UploadedTarget {
  const { batch, time, validSteps } = at;
  const values = packTargets(loss, output, targets, time);
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
