import type { Handle, Ops } from '../../engines/ops.ts';
import type { StateShape } from '../../layers/layer.ts';
import { fold, type Key } from '../../random/key.ts';
import { CarriedState, type ModelState } from '../carried-state.ts';
import type { RunState } from '../checkpoints/run-state.ts';
import type { CheckedExamples } from '../examples/examples.ts';
import type { Architecture } from '../model/network.ts';
import { type BatchSource, EpochReader } from './batch-source.ts';
import { type Continuation, shapesToCarry } from './continuation.ts';

/** What `RunBatches` needs to know of a run. */
interface RunTold {
  readonly key: Key;
  readonly continuation: Continuation | null;
  readonly resume: Pick<RunState, 'history' | 'batches' | 'samplesRead' | 'carried'> | null;
}

/** The next batch of a run, and what its update has of those before. */
export interface RunBatch {
  readonly examples: CheckedExamples;
  /** How many steps its sequences had in updates before: 0 where they begin. */
  readonly firstStep: number;
  /** How many updates ago its masks were drawn: 0 where they are its own. */
  readonly masksAge: number;
  /** What the layers carry into it, for `gradientsOf`; null where sequences do not go on. */
  carried(ops: Ops): {
    readonly shapes: Readonly<Record<string, StateShape>>;
    readonly before: Readonly<Record<string, Handle>>;
  } | null;
  /** Reads what they carry out of it: for `advance`. */
  carriedOn(ops: Ops, states: Readonly<Record<string, Handle>>): Promise<CarriedState | null>;
}

/** The batches of a run: where in the epoch it stands, and what the layers carry where sequences go on. */
export class RunBatches {
  readonly #source: BatchSource;
  readonly #orders: Key;
  readonly #continuation: Continuation | null;
  readonly #shapes: Readonly<Record<string, StateShape>> | null;
  #reader: EpochReader;
  #done: number;
  #carried: CarriedState | null = null;

  private constructor(
    source: BatchSource,
    shapes: Readonly<Record<string, StateShape>> | null,
    told: RunTold,
    orders: Key,
    reader: EpochReader,
  ) {
    const { continuation, resume } = told;
    this.#source = source;
    this.#orders = orders;
    this.#continuation = continuation;
    this.#shapes = shapes;
    this.#reader = reader;
    this.#done = resume?.batches ?? 0;
    if (reader.ended) return;
    const rows = reader.next.examples.steps.length;
    if (shapes && resume?.carried && !reader.begins)
      this.#carried = new CarriedState('resume', shapes, rows, resume.carried);
  }

  /**
   * @param epochs how many made the weights before, as orders go on from there
   * @throws whatever the source does in place of its first batch, and ModelError where its sequences cannot go on
   */
  static async begin(
    source: BatchSource,
    architecture: Architecture,
    told: RunTold,
    epochs: number,
  ): Promise<RunBatches> {
    const shapes = shapesToCarry(architecture, told.continuation);
    const orders = fold(told.key, 'shuffle');
    const { history = [], batches = 0, samplesRead } = told.resume ?? {};
    const first = source.epoch(history.length + 1, fold(orders, epochs + 1));
    const reader = await EpochReader.open(first, batches, samplesRead);
    try {
      return new RunBatches(source, shapes, told, orders, reader);
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  /** How many samples an epoch has; null where nobody knows. */
  get samples(): number | null {
    return this.#source.samples;
  }

  /** How many batches an epoch has, at most; Infinity where nobody knows. */
  get ofEpoch(): number {
    return this.#source.batches;
  }

  /** How many batches of the epoch under way are done. */
  get done(): number {
    return this.#done;
  }

  /** How many samples of the epoch an iterable had given for them; undefined for none, and where all are at hand. */
  get samplesRead(): number | undefined {
    return this.#done > 0 ? this.#reader.samplesRead : undefined;
  }

  /** Whether none is left in the epoch. */
  get ended(): boolean {
    return this.#reader.ended;
  }

  /** What the layers carry into the next batch, by path; {} where sequences begin with it. */
  get carried(): ModelState {
    return this.#carried?.tensors() ?? {};
  }

  /** @throws whatever the source did in place of a batch */
  get next(): RunBatch {
    const { examples, continues, firstStep } = this.#reader.next;
    const all = examples.steps.map((_, i) => i);
    const shapes = this.#shapes;
    const before = shapes && (this.#carried ?? new CarriedState('fit', shapes, all.length));
    return {
      examples,
      firstStep,
      masksAge: this.#continuation?.masks === 'keep' ? continues : 0,
      carried: (ops) => before && { shapes: before.shapes, before: before.upload(ops, all) },
      async carriedOn(ops, states) {
        if (!shapes) return null;
        const after = new CarriedState('fit', shapes, all.length);
        await after.take(ops, all, states);
        return after;
      },
    };
  }

  /** The batch is done. @param carried what the layers carry out of it */
  async advance(carried: CarriedState | null): Promise<void> {
    this.#done += 1;
    this.#carried = carried;
    await this.#reader.advance();
    if (this.#reader.begins) this.#carried = null;
  }

  /** @param epoch of this run, from 1. @param epochs how many made the weights */
  async beginEpoch(epoch: number, epochs: number): Promise<void> {
    this.rest();
    this.#reader = await EpochReader.open(this.#source.epoch(epoch, fold(this.#orders, epochs + 1)), 0);
  }

  /** The last epoch is closed. */
  rest(): void {
    this.#done = 0;
    this.#carried = null;
  }

  /** Nothing more is asked for. */
  async close(): Promise<void> {
    // What a source throws when nobody wants more of it changes nothing.
    await this.#reader.close().catch(() => {});
  }
}
