import type { Loss } from './losses/loss.ts';
import { mergeTally, type Tallies, tallyValue } from './metrics/metric.ts';
import { type HeadMetric, metricsFor } from './metrics/metrics.ts';

/**
 * What one pass over data came to: the mean loss, and each metric by its name. Of several outputs `loss` is the weighted sum, and
 * `tags.loss` and `tags.accuracy` are those of the output `tags`.
 */
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

/** The loss of a batch, of one output. */
export interface BatchLoss {
  readonly head: string;
  /** The mean over its rows. */
  readonly loss: number;
  /** What they weigh: how many have a target, where all weigh the same. */
  readonly weight: number;
}

/** What is averaged. */
export interface Averaged {
  readonly loss: Loss;
  readonly metrics: readonly HeadMetric[];
}

/** What the scores of a run are called. */
export function scoreNames({ loss, metrics }: Averaged): string[] {
  return ['loss', ...(loss.heads ? Object.keys(loss.heads).map(lossName) : []), ...metrics.map(({ name }) => name)];
}

function lossName(head: string): string {
  return `${head}.loss`;
}

/** The loss and the metrics over a set, batch by batch. */
export class Averages {
  readonly #metrics: readonly HeadMetric[];
  /** What each output weighs in the loss, by its name; null of a model with one. */
  readonly #heads: Loss['heads'] | null;
  readonly #tallies: Record<string, number[]>;
  /** The weight of the rows of each output, and the sum of their losses. */
  readonly #losses: Record<string, [weight: number, sum: number]>;
  #updates: UpdatesSoFar | undefined;

  constructor(
    { loss: { heads }, metrics }: Averaged,
    { sums, count, tallies, updates }: RunningAverages = { sums: {}, count: 0 },
  ) {
    const { loss = 0, ...others } = sums;
    this.#metrics = metrics;
    this.#heads = heads ?? null;
    this.#updates = updates;
    const known: (readonly [name: string, tally: number[]])[] = tallies
      ? Object.entries(tallies).map(([name, tally]) => [name, [...tally]] as const)
      : // As runs of before had them: means of metrics by the count of all.
        Object.entries(others).map(([name, sum]) => [name, [count, sum]] as const);
    this.#tallies = Object.fromEntries(known);
    this.#losses = heads ? {} : { y: [count, loss] };
    for (const head of Object.keys(heads ?? {})) {
      const [weight = 0, sum = 0] = this.#tallies[lossName(head)] ?? [];
      this.#losses[head] = [weight, sum];
      delete this.#tallies[lossName(head)];
    }
  }

  /** @param losses of each output */
  add(losses: readonly BatchLoss[], tallies: Tallies): void {
    for (const { head, loss, weight } of losses) {
      // A batch of samples without steps has no predictions, and so nothing to average.
      if (weight <= 0) continue;
      const [before, sum] = this.#losses[head] as [number, number];
      this.#losses[head] = [before + weight, sum + loss * weight];
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
    if (!this.#heads) return { loss: this.#lossOf('y'), ...this.#metricsOf('y') };
    const names = Object.keys(this.#heads);
    // What had no target at all says nothing of the sum.
    const known = names.filter((name) => (this.#losses[name]?.[0] ?? 0) > 0);
    const weighed = known.map((name) => (this.#heads?.[name]?.weight ?? 0) * this.#lossOf(name));
    const loss = known.length === 0 ? Number.NaN : weighed.reduce((sum, part) => sum + part, 0);
    const byHead = names.flatMap((name) => [
      [lossName(name), this.#lossOf(name)] as const,
      ...Object.entries(this.#metricsOf(name)),
    ]);
    return { loss, ...Object.fromEntries(byHead) };
  }

  #lossOf(head: string): number {
    const [weight, sum] = this.#losses[head] as [number, number];
    return sum / weight;
  }

  #metricsOf(head: string): Record<string, number> {
    // Where the loss is none, so are predictions: no metric that compares them says anything.
    const isKnown = !Number.isNaN(this.#losses[head]?.[1]);
    const values = metricsFor(this.#metrics, head).flatMap((metric) => {
      const tally = this.#tallies[metric.name];
      return tally ? [[metric.name, isKnown ? tallyValue(metric, tally) : Number.NaN] as const] : [];
    });
    return Object.fromEntries(values);
  }

  /** What is there so far: `new Averages(averaged, ...)` goes on from it. */
  toJSON(): RunningAverages {
    const tallies = Object.entries(this.#tallies).map(([name, tally]) => [name, [...tally]] as const);
    const updates = this.#updates ? { updates: this.#updates } : {};
    if (!this.#heads) {
      const [count, loss] = this.#losses.y as [number, number];
      return { sums: { loss }, count, tallies: Object.fromEntries(tallies), ...updates };
    }
    const losses = Object.entries(this.#losses).map(([head, sum]) => [lossName(head), [...sum]] as const);
    return { sums: {}, count: 0, tallies: Object.fromEntries([...losses, ...tallies]), ...updates };
  }
}
