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

/** What a training came to. */
export interface History {
  /** One entry for each epoch that is over. */
  readonly epochs: readonly Epoch[];
  /**
   * What may not be wanted: of the engine (`Ops.warnings`), of the layers' schemes (`schemeWarnings`), and an option that has
   * no effect on them.
   */
  readonly warnings: readonly string[];
}

/** Averages over samples that are under way, as data. */
export interface RunningAverages {
  /** By name, the sum of each score over the samples. */
  readonly sums: Readonly<Record<string, number>>;
  /** How many samples there were. */
  readonly count: number;
}

/** Averages over samples, batch by batch. */
export class Averages {
  readonly #sums: Record<string, number>;
  #count: number;

  constructor({ sums, count }: RunningAverages = { sums: {}, count: 0 }) {
    this.#sums = { ...sums };
    this.#count = count;
  }

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

  /** What is there so far: `new Averages(...)` goes on from it. */
  toJSON(): RunningAverages {
    return { sums: { ...this.#sums }, count: this.#count };
  }
}
