import type { Key } from '../../random/key.ts';
import { DataError } from '../../errors.ts';
import type { CheckedExamples } from '../examples/examples.ts';
import type { Continuation } from './continuation.ts';
import { inChunks, longestOf, type Widths } from './chunks.ts';

/** What one update learns from. */
export interface SourceBatch {
  readonly examples: CheckedExamples;
  /** How many batches before it its rows go on from: 0 where sequences begin. */
  readonly continues: number;
  /** How many steps its sequences had in those. */
  readonly firstStep: number;
  /** How many samples of the epoch an iterable had given when it was put together; left out where all are at hand. */
  readonly samplesRead?: number;
}

/** Where the batches of a run come from. */
export interface BatchSource {
  /** How many samples there are in an epoch; null where nobody knows. */
  readonly samples: number | null;
  /** How many batches there are in an epoch; Infinity where nobody knows. */
  readonly batches: number;
  /**
   * The batches of an epoch, from its first.
   * @param epoch from 1, of this run
   * @param key of the order, another for each epoch
   */
  epoch(epoch: number, key: Key): AsyncGenerator<SourceBatch>;
}

/** Batches as they are learned from: cut into chunks, and marked where their rows go on. */
export async function* continued(
  batches: AsyncIterable<CheckedExamples> | Iterable<CheckedExamples>,
  continuation: Continuation | null,
  widths: Widths,
): AsyncGenerator<SourceBatch> {
  const { bptt = null, stateful = false } = continuation ?? {};
  let at = { continues: 0, firstStep: 0 };
  let rows = 0;
  for await (const batch of batches) {
    if (!stateful) at = { continues: 0, firstStep: 0 };
    else if (at.continues > 0) expectRows(rows, batch.steps.length);
    rows = batch.steps.length;
    for (const examples of bptt === null ? [batch] : inChunks(batch, bptt, widths)) {
      yield { examples, ...at };
      at = { continues: at.continues + 1, firstStep: at.firstStep + (bptt ?? longestOf(examples)) };
    }
  }
}

/** @throws DataError unless a batch has as many rows as the one that it goes on from */
function expectRows(wanted: number, came: number): void {
  if (came === wanted) return;
  throw new DataError(
    `fit: stateful: batches of ${wanted} samples were expected, each going on from the one before, but ${came} came last; give a multiple of batchSize`,
  );
}

function fewer(done: number, came: number): DataError {
  return new DataError(
    `resume: ${done} batches that the run has behind it were expected, but ${came} came; pass the same examples in the same order`,
  );
}

/** The batches of one epoch, the next of which is at hand: so it is known where an epoch ends before it is asked for. */
export class EpochReader {
  readonly #batches: AsyncGenerator<SourceBatch>;
  #next: SourceBatch | null = null;
  #samplesRead: number | undefined;
  #error: { readonly reason: unknown } | null = null;

  private constructor(batches: AsyncGenerator<SourceBatch>) {
    this.#batches = batches;
  }

  /**
   * What the source throws is thrown where its batch is asked for.
   * @param done batches of it that a run has behind it
   * @param samplesRead how many samples the last of them had read, if that is known
   * @throws DataError where there are not so many
   */
  static async open(batches: AsyncGenerator<SourceBatch>, done: number, samplesRead?: number): Promise<EpochReader> {
    const reader = new EpochReader(batches);
    await reader.advance();
    for (let skipped = 0; skipped < done && !reader.#error; skipped++) {
      if (reader.ended) throw fewer(done, skipped);
      await reader.advance();
    }
    const came = reader.samplesRead;
    if (samplesRead === undefined || came === samplesRead || reader.#error) return reader;
    await reader.close();
    throw new DataError(
      `resume: ${samplesRead} samples were expected from the iterable, as the run had read so many, but ${came} came; pass the same examples in the same order`,
    );
  }

  /** How many samples the last batch that is done had read; undefined before the first, and where all are at hand. */
  get samplesRead(): number | undefined {
    return this.#samplesRead;
  }

  /** Whether there is no batch left. */
  get ended(): boolean {
    return this.#next === null && this.#error === null;
  }

  /** Whether the next batch is of sequences that begin with it. */
  get begins(): boolean {
    return this.#next?.continues === 0;
  }

  /** The next batch. @throws whatever the source did in place of it */
  get next(): SourceBatch {
    if (this.#error) throw this.#error.reason;
    return this.#next as SourceBatch;
  }

  async advance(): Promise<void> {
    this.#samplesRead = this.#next?.samplesRead;
    try {
      const { done, value } = await this.#batches.next();
      this.#next = done ? null : value;
    } catch (reason) {
      this.#next = null;
      this.#error = { reason };
    }
  }

  /** Nothing more is asked for: files are closed. */
  async close(): Promise<void> {
    await this.#batches.return(undefined);
  }
}
