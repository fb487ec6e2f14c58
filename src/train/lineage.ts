import type { Handle, Ops } from '../engines/ops.ts';
import type { TrainingState } from './step.ts';

/** Weights, and how many updates made them of fresh ones. */
export interface Trained {
  readonly weights: Readonly<Record<string, Handle>>;
  readonly updates: number;
}

/**
 * The weights over time. A step's loss tells whether the weights it started from are good, so those before them are
 * kept until then: when a loss is not finite, training goes back to the last weights that gave one that was.
 */
export class Lineage {
  readonly #ops: Ops;
  #current: TrainingState & Trained;
  #previous: Trained | null = null;

  constructor(ops: Ops, { weights, updates }: Trained, slots: TrainingState['slots']) {
    this.#ops = ops;
    this.#current = { weights, updates, slots };
  }

  get state(): TrainingState & Trained {
    return this.#current;
  }

  /** The current weights gave a finite loss, and these are the next. */
  advance(next: TrainingState): void {
    if (this.#previous) this.#free(this.#previous.weights, this.#current.weights, next.weights);
    this.#free(this.#current.slots, next.slots);
    this.#previous = this.#current;
    this.#current = { ...next, updates: this.#current.updates + 1 };
  }

  /** Free all but the weights to go on with: the current ones, or those before them. */
  finish(goBack: boolean): Trained {
    const { slots, ...current } = this.#current;
    this.#free(slots);
    const previous = this.#previous ?? current;
    const [kept, rest] = goBack ? [previous, current] : [current, previous];
    this.#free(rest.weights, kept.weights);
    return { weights: kept.weights, updates: kept.updates };
  }

  /** Free handles, but for those that are also in what is still used: an update may hand one on as it is. */
  #free(handles: TrainingState['weights'], ...used: readonly TrainingState['weights'][]): void {
    const kept = new Set(used.flatMap((record) => Object.values(record)));
    this.#ops.release(Object.values(handles).filter((handle) => !kept.has(handle)));
  }
}

/** The weights as numbers of the host, from the end of the last epoch: what is left when a device is lost. */
export class HostCopy {
  readonly #ops: Ops;
  #copy: ReadonlyMap<string, { readonly values: Float64Array; readonly shape: Handle['shape'] }> = new Map();
  #updates = 0;

  constructor(ops: Ops) {
    this.#ops = ops;
  }

  async take({ weights, updates }: Trained): Promise<void> {
    const entries = Object.entries(weights).map(
      async ([name, handle]) => [name, { values: await this.#ops.read(handle), shape: handle.shape }] as const,
    );
    const copy = new Map(await Promise.all(entries));
    if (![...copy.values()].every(({ values }) => values.every(Number.isFinite))) return;
    this.#copy = copy;
    this.#updates = updates;
  }

  /** The weights themselves if the engine can still read them, or else the copy. */
  async orIntact(trained: Trained): Promise<Trained> {
    const handles = Object.values(trained.weights);
    try {
      await Promise.all(handles.map((handle) => this.#ops.read(handle)));
      return trained;
    } catch {
      this.#ops.release(handles);
      const entries = Array.from(
        this.#copy,
        ([name, { values, shape }]) => [name, this.#ops.upload(values, shape)] as const,
      );
      return { weights: Object.fromEntries(entries), updates: this.#updates };
    }
  }
}
