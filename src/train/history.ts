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
  /** How its updates went; left out for epochs of runs that an earlier version began. */
  readonly updates?: EpochUpdates;
}

/** How the updates of an epoch went. */
export interface EpochUpdates {
  /** The mean over them of the global norm of all gradients, before `clipNorm`. */
  readonly gradientNorm: number;
  /** That of the last. */
  readonly learningRate: number;
  /** The probabilities that the last dropped by, learned ones too, by layer, site and lane: `1.recurrent_l0`. */
  readonly dropoutRates: Readonly<Record<string, number>>;
}

/** The same, of so many updates. */
export interface UpdatesSoFar extends EpochUpdates {
  /** How many there were. */
  readonly count: number;
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
  /** How the updates went; left out by evaluation, before the first, and by earlier versions. */
  readonly updates?: UpdatesSoFar;
}

/** The loss and the metrics over a set, batch by batch. */
export class Averages {
  readonly #metrics: readonly Metric[];
  readonly #tallies: Record<string, number[]>;
  #loss: number;
  #weight: number;
  #updates: UpdatesSoFar | undefined;

  constructor(metrics: readonly Metric[], { sums, count, tallies, updates }: RunningAverages = { sums: {}, count: 0 }) {
    const { loss = 0, ...others } = sums;
    this.#metrics = metrics;
    this.#loss = loss;
    this.#weight = count;
    this.#updates = updates;
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

  /** An update is done. */
  addUpdate(update: EpochUpdates): void {
    const { count, gradientNorm } = this.#updates ?? { count: 0, gradientNorm: 0 };
    const mean = gradientNorm + (update.gradientNorm - gradientNorm) / (count + 1);
    this.#updates = { ...update, gradientNorm: mean, count: count + 1 };
  }

  /** For the entry of an epoch that is over. */
  get updates(): Pick<Epoch, 'updates'> {
    if (!this.#updates) return {};
    const { count: _, ...updates } = this.#updates;
    return { updates };
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
    const updates = this.#updates ? { updates: this.#updates } : {};
    return { sums: { loss: this.#loss }, count: this.#weight, tallies: Object.fromEntries(tallies), ...updates };
  }
}
