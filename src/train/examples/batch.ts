import type { Ops } from '../../engines/ops.ts';
import { type Batch, onePerSample } from '../../layers/layer.ts';
import type { ClassTargets } from '../../layers/softmax/class-targets.ts';
import { overSteps } from '../../layers/valid-steps.ts';
import { kindOf, rowSize, type Signature, type Signatures } from '../../layers/signature.ts';
import type { Key } from '../../random/key.ts';
import { padNumbers, padTokens, type Steps } from '../../text/padding.ts';
import type { Loss, TargetWeights, Target as UploadedTarget } from '../losses/loss.ts';
import type { CheckedExamples, targetsOfHead } from './examples.ts';
import { stagingFor } from './staging.ts';
import { packTargets, weighRows } from './targets.ts';

/** All inputs of samples, by name: see {@link uploadBatch}. */
export function uploadInputs(
  ops: Ops,
  inputs: Signatures,
  { x }: Pick<CheckedExamples, 'x'>,
): Readonly<Record<string, Batch>> {
  const batches = Object.entries(inputs).map(
    ([name, input]) => [name, uploadBatch(ops, input, x[name] ?? [])] as const,
  );
  return Object.fromEntries(batches);
}

/** Pad samples to the longest of them and upload them. */
export function uploadBatch(ops: Ops, input: Signature, samples: readonly Steps[]): Batch {
  const batch = samples.length;
  if (kindOf(input) === 'vector') {
    const size = rowSize('model', input);
    return onePerSample(batch, ops.upload(padNumbers(size, samples, 1, stagingFor(ops)), [batch, size]));
  }
  const validSteps = Int32Array.from(samples, ({ steps }) => steps);
  const sizes = overSteps(ops, validSteps);
  const { time } = sizes;
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

/** The targets of an output, and what their samples weigh. */
type HeadTargets = ReturnType<typeof targetsOfHead>;

/**
 * The targets of a batch, uploaded, and what they weigh.
 * @param at what the model handed on: over time, targets stand at its steps
 */
export function uploadTargets(
  ops: Ops,
  loss: Loss,
  output: Signature,
  { y, weights }: HeadTargets,
  at: Batch,
  classWeights: readonly number[] | null = null,
): UploadedTarget {
  const { batch, time, validSteps } = at;
  const values = packTargets(loss, output, y, time);
  const overTime = output.over === 'time';
  const shape = overTime ? [time, batch] : [batch];
  const counts = weighRows(loss, output, { y, weights: null }, time, null);
  const rows = counts.reduce((sum, one) => sum + one, 0);
  const isIgnored = rows < (overTime ? validSteps.reduce((a, b) => a + b, 0) : batch);
  return {
    values:
      loss.target === 'class'
        ? ops.uploadIndices(values, shape)
        : ops.upload(values, [...shape, rowSize('model', output)]),
    rows,
    counts: isIgnored ? ops.upload(counts, [...shape, 1]) : null,
    lengths: overTime ? at.lengths : null,
    weights: weights || classWeights ? uploadWeights(ops, loss, output, { y, weights }, at, classWeights) : null,
  };
}

/** The same for a last layer that works out its loss: see `Layer.crossEntropy`. @param key draws what it draws */
export function classTargets(
  loss: Loss,
  output: Signature,
  { y, weights }: HeadTargets,
  { time }: Batch,
  classWeights: readonly number[] | null | undefined,
  key: Key,
): ClassTargets {
  const found = weighRows(loss, output, { y, weights }, time, classWeights ?? null);
  const total = found.reduce((sum, weight) => sum + weight, 0);
  return {
    classes: packTargets(loss, output, y, time) as Int32Array,
    shares: total === 0 ? found.fill(0) : found.map((weight) => weight / total),
    key,
  };
}

function uploadWeights(
  ops: Ops,
  loss: Loss,
  output: Signature,
  { y, weights }: HeadTargets,
  { batch, time }: Batch,
  classWeights: readonly number[] | null,
): TargetWeights {
  const of = (byClass: readonly number[] | null) => weighRows(loss, output, { y, weights }, time, byClass);
  const found = of(classWeights);
  const total = found.reduce((sum, weight) => sum + weight, 0);
  const rows = output.over === 'time' ? [time, batch, 1] : [batch, 1];
  // Rows of no weight at all have a loss of 0.
  const shares = (numbers: Float64Array) =>
    ops.upload(total === 0 ? numbers.fill(0) : numbers.map((w) => w / total), rows);
  return {
    shares: shares(found),
    total,
    classes:
      classWeights && loss.target === 'class'
        ? { weights: ops.upload(classWeights, [1, classWeights.length]), samples: shares(of(null)) }
        : null,
  };
}
