import { DataError } from '../../errors.ts';
import { permutation } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';
import { chunks, inOrder, lengthBuckets } from '../../text/bucketing.ts';
import type { Augmentation } from '../../text/augmentation.ts';
import { type CheckedExamples, pick } from '../examples/examples.ts';
import { augmented } from './augmented.ts';
import { balancedBatches } from './balanced-batches.ts';
import { type BatchSource, continued, type SourceBatch } from './batch-source.ts';
import { chunkCount, type Widths } from './chunks.ts';
import type { Continuation } from './continuation.ts';

/**
 * Batches of examples that are all at hand, samples of similar length together, in an order that the key decides.
 * @param sampling how samples are drawn for an epoch; each comes once where that is null
 * @throws DataError where batches are to go on from each other, and the last one has fewer rows
 */
export function inMemory(
  examples: CheckedExamples,
  batchSize: number,
  continuation: Continuation | null,
  widths: Widths,
  sampling: 'balanced' | null = null,
  augment: readonly Augmentation[] | null = null,
): BatchSource {
  const { steps: lengths } = examples;
  const samples = lengths.length;
  const { bptt = null, stateful = false } = continuation ?? {};
  if (stateful && samples % batchSize !== 0 && samples > batchSize) {
    throw new DataError(
      `fit: stateful: a multiple of ${batchSize} samples was expected, as each batch goes on from the one before, but ${samples} came; give such a multiple, or another batchSize`,
    );
  }
  const order = (key: Key): number[][] => {
    if (stateful) return inOrder(samples, batchSize);
    if (sampling !== null) return balancedBatches(examples, widths.loss, batchSize, key);
    return bptt === null ? lengthBuckets(lengths, batchSize, key) : byChunks(lengths, batchSize, bptt, key);
  };
  return {
    samples,
    batches: bptt === null ? Math.ceil(samples / batchSize) : chunksOfEpoch(lengths, batchSize, bptt, stateful),
    epoch: (_, key): AsyncGenerator<SourceBatch> =>
      continued(augmented(picked(examples, order(key)), augment, widths.architecture, key), continuation, widths),
  };
}

/** Some of the examples after the other. @param order the indices of each batch */
export function* picked(examples: CheckedExamples, order: readonly (readonly number[])[]): Generator<CheckedExamples> {
  for (const indices of order) yield pick(examples, indices);
}

/**
 * Batches of samples with about as many chunks, shuffled among those with as many: so an epoch has the same number of
 * chunks whatever the key.
 */
function byChunks(lengths: readonly number[], batchSize: number, bptt: number, key: Key): number[][] {
  const countOf = (i: number): number => chunkCount(lengths[i] as number, bptt);
  const shuffled = permutation(fold(key, 'examples'), lengths.length);
  const batches = chunks(
    shuffled.sort((a, b) => countOf(a) - countOf(b)),
    batchSize,
  );
  return permutation(fold(key, 'batches'), batches.length).map((i) => batches[i] as number[]);
}

function chunksOfEpoch(lengths: readonly number[], batchSize: number, bptt: number, asTheyStand: boolean): number {
  const counts = lengths.map((length) => chunkCount(length, bptt));
  if (!asTheyStand) counts.sort((a, b) => a - b);
  return chunks(counts, batchSize).reduce((sum, batch) => sum + Math.max(...batch), 0);
}
