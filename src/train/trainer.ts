import type { Handle } from '../engines/ops.ts';
import { uploadAll } from '../engines/upload-all.ts';
import { DivergedError, EngineError, ModelError } from '../errors.ts';
import { fold, type Key } from '../random/key.ts';
import { lengthBuckets } from '../text/bucketing.ts';
import { uploadBatch, uploadTargets } from './batch.ts';
import { callbackStates, restoreCallbacks, type StepProgress } from './callbacks/callback.ts';
import { type RunState, readAll } from './checkpoints/run-state.ts';
import { type Examples, pick, stepsOfSamples } from './examples.ts';
import type { GiveWay } from './give-way.ts';
import { Averages, type Epoch, type Scores } from './history.ts';
import { readLearnedRates } from './read-learned-dropout-rates.ts';
import { HostCopy, Lineage } from './lineage.ts';
import type { Architecture, Network } from './model/network.ts';
import type { Session } from './model/session.ts';
import { drawing, type Progress } from './pass.ts';
import { readPredictions, score, scorePredictions } from './prediction/evaluation.ts';
import { type RunOptions, specOf } from './fit-options.ts';
import { learningRateAt } from './schedules/learning-rate-schedule.ts';
import { type Gradients, gradientsOf, initialSlots, updated } from './step.ts';

/**
 * A run, step by step: `fit` is a loop over it. Between two steps it can be written down by `snapshot`, and a run that
 * is begun with that goes on bit for bit. All that it draws depends on the key and on the count of updates or epochs
 * that made the weights, so a run on weights that were trained before draws what was not drawn yet.
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const options = { key: key(1), epochs: 2, batchSize: 1, loss: meanSquaredError() };
 * const trainer = await model.trainer({ x: [[0], [1]], y: [[1], [3]] }, options);
 * while (!trainer.done) {
 *   while (!trainer.atEndOfEpoch) await trainer.next();
 *   const { epoch } = await trainer.endEpoch();
 *   console.log(`epoch ${epoch}: ${trainer.step} of ${trainer.steps} steps`);
 * }
 * // prints: epoch 1: 2 of 4 steps
 * // prints: epoch 2: 4 of 4 steps
 * await trainer.finish();
 * await model.dispose();
 * ```
 */
export class Trainer {
  readonly #session: Session;
  readonly #architecture: Architecture;
  readonly #examples: Examples;
  readonly #options: RunOptions;
  readonly #giveWay: GiveWay;
  readonly #lineage: Lineage;
  readonly #saved: HostCopy;
  readonly #keys: { readonly shuffle: Key; readonly dropout: Key };
  readonly #history: Epoch[];
  /** What made the weights before this run. */
  readonly #before: RunState['before'];
  /** The batches of the epoch under way, once they are known, and how many of them are done. */
  #order: readonly (readonly number[])[] | null = null;
  #batches: number;
  #averages: Averages;
  /** Tells the model that the run is over; null once it was told. */
  #ended: (() => void) | null;

  private constructor(
    session: Session,
    architecture: Architecture,
    examples: Examples,
    options: RunOptions,
    giveWay: GiveWay,
    slots: Readonly<Record<string, Handle>>,
    ended: () => void,
  ) {
    const { key, resume } = options;
    const { updates, epochs } = session.trained;
    this.#session = session;
    this.#architecture = architecture;
    this.#examples = examples;
    this.#options = options;
    this.#giveWay = giveWay;
    this.#lineage = new Lineage(session.handles, session.trained, slots);
    this.#saved = new HostCopy(session.ops);
    this.#keys = { shuffle: fold(key, 'shuffle'), dropout: fold(key, 'dropout') };
    this.#before = resume?.before ?? { updates, epochs };
    this.#history = [...(resume?.history ?? [])];
    this.#batches = resume?.batches ?? 0;
    this.#averages = new Averages(resume?.averages);
    this.#ended = ended;
  }

  /**
   * @param session has the weights to begin with; of a run that is resumed, those of its snapshot
   * @param ended is called once, when the run is over
   * @internal models make trainers
   */
  static async begin(
    session: Session,
    architecture: Architecture,
    examples: Examples,
    options: RunOptions,
    giveWay: GiveWay,
    ended: () => void,
  ): Promise<Trainer> {
    const { optimizer, resume, callbacks } = options;
    const slots = resume
      ? uploadAll(session.ops, resume.slots)
      : initialSlots(session.ops, optimizer, architecture.specs);
    const trainer = new Trainer(session, architecture, examples, options, giveWay, slots, ended);
    if (resume) restoreCallbacks(callbacks, resume.callbacks);
    await trainer.#saved.take(trainer.#lineage.state);
    return trainer;
  }

  /** How many updates of this run are done. */
  get step(): number {
    return this.#lineage.state.updates - this.#before.updates;
  }

  /** How many updates there are in all epochs of this run. */
  get steps(): number {
    return this.#options.epochs * this.#batchesOfEpoch;
  }

  /** The loss and the metrics of each epoch that is over. */
  get history(): readonly Epoch[] {
    return [...this.#history];
  }

  /** Whether all batches of an epoch are done, so that `endEpoch` is next. */
  get atEndOfEpoch(): boolean {
    return this.#batches === this.#batchesOfEpoch;
  }

  /** Whether all epochs are over. */
  get done(): boolean {
    return this.#history.length >= this.#options.epochs;
  }

  /** One update. @throws DivergedError when a number is not finite: `finish` then goes back to weights that were good */
  async next(): Promise<StepProgress> {
    this.#expectRunning();
    if (this.done || this.atEndOfEpoch) {
      throw new ModelError('trainer: an epoch with batches left was expected, but all are done; call endEpoch()');
    }
    const { scores, rows } = await this.#update(pick(this.#examples, this.#nextBatch()));
    this.#averages.add(scores, rows);
    this.#batches += 1;
    return { step: this.step, steps: this.steps, loss: scores.loss };
  }

  /** Close an epoch whose batches are done: validation, and an entry of the history. */
  async endEpoch(): Promise<Epoch> {
    this.#expectRunning();
    if (!this.atEndOfEpoch) {
      throw new ModelError(
        `trainer: an epoch whose ${this.#batchesOfEpoch} batches are done was expected, but ${this.#batches} are; call next()`,
      );
    }
    const { validation, loss, metrics } = this.#options;
    this.#lineage.endEpoch();
    this.#session.publish(this.#lineage.state);
    await this.#saved.take(this.#lineage.state);
    const scores = validation ? await score(await this.#network(), validation, loss, metrics, this.#giveWay) : null;
    if (scores && !Number.isFinite(scores.loss)) throw diverged(this.step, `a validation loss of ${scores.loss}`);
    const entry: Epoch = { epoch: this.#history.length + 1, training: this.#averages.scores, validation: scores };
    this.#history.push(entry);
    this.#order = null;
    this.#batches = 0;
    this.#averages = new Averages();
    return entry;
  }

  /** Where the run stands, to be resumed: between two steps, not while one is under way. */
  async snapshot(): Promise<RunState> {
    this.#expectRunning();
    const { ops } = this.#session;
    const { weights, slots, updates, epochs } = this.#lineage.state;
    const standing = {
      spec: specOf(this.#options),
      dtype: ops.dtype,
      updates,
      epochs,
      before: this.#before,
      batches: this.#batches,
      averages: this.#averages.toJSON(),
      history: this.history,
      callbacks: callbackStates(this.#options.callbacks),
    };
    return { ...standing, weights: await readAll(ops, weights), slots: await readAll(ops, slots) };
  }

  /** See that the weights are numbers: no later loss will tell whether the last update went wrong. */
  async expectFinite(): Promise<void> {
    const { ops } = this.#session;
    const weights = Object.values(this.#lineage.state.weights);
    const scope = ops.openScope();
    const reading = ops.read(scope.run(() => ops.concat(weights.map((weight) => ops.sum(weight)))));
    const sums = await reading.finally(() => scope.dispose());
    if (!sums.every(Number.isFinite)) throw diverged(this.step, 'weights that are not finite');
  }

  /**
   * End the run, and leave its weights to the model; nothing else can be called afterwards.
   * @param failed what ended it early: after a DivergedError the weights before the last ones are kept, after an
   *   EngineError those of the last epoch if the engine cannot give the last ones
   */
  async finish(failed?: unknown): Promise<void> {
    const ended = this.#ended;
    if (!ended) return;
    this.#ended = null;
    try {
      this.#lineage.finish(failed instanceof DivergedError, (kept) => this.#session.publish(kept));
      if (!(failed instanceof EngineError)) return;
      const { trained } = this.#session;
      const intact = await this.#saved.orIntact(trained);
      if (intact !== trained) this.#session.publish(intact);
    } finally {
      ended();
    }
  }

  get #batchesOfEpoch(): number {
    return Math.ceil(this.#examples.x.length / this.#options.batchSize);
  }

  #nextBatch(): readonly number[] {
    this.#order ??= this.#shuffled();
    return this.#order[this.#batches] as readonly number[];
  }

  #shuffled(): readonly (readonly number[])[] {
    const lengths = stepsOfSamples(this.#architecture.input, this.#examples.x).map((steps) => steps.length);
    const epoch = this.#lineage.state.epochs + 1;
    return lengthBuckets(lengths, this.#options.batchSize, fold(this.#keys.shuffle, epoch));
  }

  async #progress(): Promise<Progress> {
    const { weights, updates } = this.#lineage.state;
    return { updates, learned: await readLearnedRates(this.#session.ops, weights, this.#architecture.specs) };
  }

  async #network(): Promise<Network> {
    const { ops } = this.#session;
    return { ...this.#architecture, ops, weights: this.#lineage.state.weights, progress: await this.#progress() };
  }

  async #update(samples: Examples): Promise<{ readonly scores: Scores; readonly rows: number }> {
    const { layers, input, output, specs } = this.#architecture;
    const { loss, fraternal, metrics, clipNorm, optimizer } = this.#options;
    const { ops } = this.#session;
    const progress = await this.#progress();
    const step = this.step + 1;
    const stepKey = fold(this.#keys.dropout, progress.updates + 1);
    const scope = ops.openScope();
    try {
      const found = await gradientsOf(ops, scope, layers, this.#lineage.state.weights, {
        batch: scope.run(() => uploadBatch(ops, input, samples.x)),
        target: (at) => uploadTargets(ops, loss, output, samples.y, at),
        loss,
        progress,
        plans: drawing(stepKey),
        twin: fraternal && { kappa: fraternal.kappa, plans: drawing(fold(stepKey, 'fraternal')) },
      });
      expectFiniteStep(step, found);
      const predictions = metrics.length > 0 ? await readPredictions(ops, output, found.output, loss.link) : [];
      const scale = Math.min(1, (clipNorm ?? Number.POSITIVE_INFINITY) / Math.max(found.norm, Number.MIN_VALUE));
      const learningRate = learningRateAt(optimizer.learningRate, { update: this.step, epoch: this.#history.length });
      const at = { step, scale, learningRate };
      const next = scope.run(() => updated(ops, optimizer, specs, this.#lineage.state, found, at));
      scope.keep([...Object.values(next.weights), ...Object.values(next.slots)]);
      this.#lineage.advance(next);
      this.#session.publish(this.#lineage.state);
      const scores = { loss: found.loss, ...scorePredictions(output, loss, metrics, predictions, samples.y) };
      return { scores, rows: found.rows };
    } finally {
      scope.dispose();
    }
  }

  #expectRunning(): void {
    if (!this.#ended) throw new ModelError('trainer: a run under way was expected, but this one was finished');
  }
}

function expectFiniteStep(step: number, { loss, penalty, norm }: Gradients): void {
  if (!Number.isFinite(loss)) throw diverged(step, `a loss of ${loss}`);
  if (!Number.isFinite(penalty)) throw diverged(step, `a penalty of ${penalty}`);
  if (!Number.isFinite(norm)) throw diverged(step, `a gradient of norm ${norm}`);
}

function diverged(step: number, what: string): DivergedError {
  return new DivergedError(
    `fit: a finite loss was expected, but step ${step} gave ${what}; the last good weights are kept: lower the learning rate or set clipNorm`,
    step,
  );
}
