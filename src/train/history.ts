/** The averages of one pass over data: the loss, and each metric by its name. */
export type Scores = Readonly<Record<string, number>> & { readonly loss: number };

/** What one epoch came to. */
export interface Epoch {
  /** From 1. */
  readonly epoch: number;
  /** Under dropout and changing weights, averaged over the epoch. */
  readonly training: Scores;
  /** In evaluation, after the epoch; null without validation data. */
  readonly validation: Scores | null;
}

export interface History {
  readonly epochs: readonly Epoch[];
  /** What may not be wanted: of the layers' schemes (see `schemeWarnings`), and an option that has no effect on them. */
  readonly warnings: readonly string[];
}

/** Called while a model trains, in the order of the list, and waited for. The model can be used meanwhile. */
export interface Callback {
  /** @param progress `step` counts from 1 to `steps`, over all epochs */
  onStep?(progress: { readonly step: number; readonly steps: number; readonly loss: number }): unknown;
  /** @returns 'stop', or a promise of it, to end the training after this epoch */
  onEpoch?(epoch: Epoch): unknown;
}

/** Averages over samples, batch by batch. */
export class Averages {
  #sums: Record<string, number> = {};
  #count = 0;

  /** @param means averages over `count` samples */
  add(means: Readonly<Record<string, number>>, count: number): void {
    // A batch of samples without steps has no predictions, and so nothing to average.
    if (count === 0) return;
    this.#count += count;
    for (const [name, value] of Object.entries(means)) this.#sums[name] = (this.#sums[name] ?? 0) + value * count;
  }

  get scores(): Scores {
    const means = Object.entries(this.#sums).map(([name, sum]) => [name, sum / this.#count]);
    return { loss: Number.NaN, ...Object.fromEntries(means) };
  }
}
