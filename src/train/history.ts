import { type Metric, mergeTally, type Tallies, tallyValue } from './metrics/metric.ts';

/** What one pass over data came to: the mean loss, and each metric by its name. */
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
   * What may not be wanted: of the engine (`Ops.warnings`), of the layers' schemes (`schemeWarnings`), an option that has
   * no effect on them, and what callbacks warned of.
   */
  readonly warnings: readonly string[];
  /** The epoch whose weights the model got, from 1, where a callback such as `earlyStopping` kept them; else those are the last. */
  readonly keptEpoch?: number;
}

/** What batches of a pass over data came to so far, as data. */
export interface RunningAverages {
  /** The sum of the loss over the samples, as they weigh. */
  readonly sums: Readonly<Record<string, number>>;
  /** What the samples weigh: how many there were, where all weigh the same. */
  readonly count: number;
  /** What metrics counted, by their names. */
  readonly tallies?: Tallies;
}

/** The loss and the metrics over a set, batch by batch. */
export class Averages {
  readonly #metrics: readonly Metric[];
  readonly #tallies: Record<string, number[]>;
  #loss: number;
  #weight: number;

  constructor(metrics: readonly Metric[], { sums, count, tallies }: RunningAverages = { sums: {}, count: 0 }) {
    const { loss = 0, ...others } = sums;
    this.#metrics = metrics;
    this.#loss = loss;
    this.#weight = count;
    this.#tallies = tallies
      ? Object.fromEntries(Object.entries(tallies).map(([name, tally]) => [name, [...tally]]))
      : // As runs of before had them: means of metrics by the count of all.
        Object.fromEntries(Object.entries(others).map(([name, sum]) => [name, [count, sum]]));
  }

  /** @param loss the mean over a batch, whose rows weigh `weight` */
  add(loss: number, weight: number, tallies: Tallies): void {
    // A batch of samples without steps has no predictions, and so nothing to average.
    if (weight > 0) {
      this.#loss += loss * weight;
      this.#weight += weight;
    }
    for (const metric of this.#metrics) {
      const batch = tallies[metric.name];
      if (!batch) continue;
      this.#tallies[metric.name] ??= [];
      mergeTally(metric, this.#tallies[metric.name] as number[], batch);
    }
  }

  get scores(): Scores {
    // Where the loss is none, so are predictions: no metric that compares them says anything.
    const isKnown = !Number.isNaN(this.#loss);
    const values = this.#metrics.flatMap((metric) => {
      const tally = this.#tallies[metric.name];
      return tally ? [[metric.name, isKnown ? tallyValue(metric, tally) : Number.NaN] as const] : [];
    });
    return { loss: this.#loss / this.#weight, ...Object.fromEntries(values) };
  }

  /** What is there so far: `new Averages(metrics, ...)` goes on from it. */
  toJSON(): RunningAverages {
    const tallies = Object.entries(this.#tallies).map(([name, tally]) => [name, [...tally]]);
    return { sums: { loss: this.#loss }, count: this.#weight, tallies: Object.fromEntries(tallies) };
  }
}
