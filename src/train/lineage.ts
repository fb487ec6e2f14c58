import type { CountedHandles } from '../engines/counted.ts';
import type { Handle, Ops } from '../engines/ops.ts';
import type { Trained } from './model/session.ts';
import type { TrainingState } from './step.ts';

/**
 * The weights over time. A step's loss tells whether the weights it started from are good, so those before them are
 * kept until then: when a loss is not finite, training goes back to the last weights that gave one that was.
 */
export class Lineage {
  readonly #handles: CountedHandles;
  #current: TrainingState & Trained;
  #previous: Trained | null = null;

  constructor(handles: CountedHandles, trained: Trained, slots: TrainingState['slots']) {
    this.#handles = handles;
    this.#current = { ...trained, slots };
    handles.retain([...Object.values(trained.weights), ...Object.values(slots)]);
  }

  get state(): TrainingState & Trained {
    return this.#current;
  }

  /** The current weights gave a finite loss, and these are the next. */
  advance(next: TrainingState): void {
    this.#handles.retain([...Object.values(next.weights), ...Object.values(next.slots)]);
    this.#handles.release(Object.values(this.#current.slots));
    if (this.#previous) this.#handles.release(Object.values(this.#previous.weights));
    const { updates, epochs } = this.#current;
    this.#previous = this.#current;
    this.#current = { ...next, updates: updates + 1, epochs };
  }

  /** Another epoch is over. */
  endEpoch(): void {
    this.#current = { ...this.#current, epochs: this.#current.epochs + 1 };
  }

  /**
   * Let go of everything.
   * @param goBack whether the current weights are no good
   * @param take is handed the weights to go on with while they are still held
   */
  finish(goBack: boolean, take: (kept: Trained) => void): void {
    const { weights, updates, epochs, slots } = this.#current;
    const current: Trained = { weights, updates, epochs };
    const previous = this.#previous ?? current;
    take(goBack ? { ...previous, epochs } : current);
    this.#handles.release([...Object.values(weights), ...Object.values(slots)]);
    if (this.#previous) this.#handles.release(Object.values(this.#previous.weights));
  }
}

/** The weights as numbers of the host, from the end of the last epoch: what is left when a device is lost. */
export class HostCopy {
  readonly #ops: Ops;
  #copy: ReadonlyMap<string, { readonly values: Float64Array; readonly shape: Handle['shape'] }> = new Map();
  #updates = 0;
  #epochs = 0;

  constructor(ops: Ops) {
    this.#ops = ops;
  }

  async take({ weights, updates, epochs }: Trained): Promise<void> {
    const entries = Object.entries(weights).map(
      async ([path, handle]) => [path, { values: await this.#ops.read(handle), shape: handle.shape }] as const,
    );
    const copy = new Map(await Promise.all(entries));
    if (![...copy.values()].every(({ values }) => values.every(Number.isFinite))) return;
    this.#copy = copy;
    this.#updates = updates;
    this.#epochs = epochs;
  }

  /** The weights themselves if the engine can still read them, or else the copy. */
  async orIntact(trained: Trained): Promise<Trained> {
    try {
      await Promise.all(Object.values(trained.weights).map((handle) => this.#ops.read(handle)));
      return trained;
    } catch {
      const entries = Array.from(
        this.#copy,
        ([path, { values, shape }]) => [path, this.#ops.upload(values, shape)] as const,
      );
      return { weights: Object.fromEntries(entries), updates: this.#updates, epochs: this.#epochs };
    }
  }
}
