import type { Handle } from '../engines/ops.ts';
import { uploadAll } from '../engines/upload-all.ts';
import { DivergedError, EngineError, ModelError } from '../errors.ts';
import { fold, type Key } from '../random/key.ts';
import { callbackStates, type StepProgress } from './callbacks/callback.ts';
import type { CarriedState } from './carried-state.ts';
import { type RunState, readAll } from './checkpoints/run-state.ts';
import { diverged, expectFiniteStep } from './divergence.ts';
import { uploadBatch, uploadTargets } from './examples/batch.ts';
import type { CheckedExamples } from './examples/examples.ts';
import { type RunOptions, savedSpecOf } from './fit-options.ts';
import type { GiveWay } from '../engines/give-way.ts';
import { Averages, type Epoch } from './history.ts';
import { HostCopy, Lineage } from './lineage.ts';
import type { Architecture, Network } from './model/network.ts';
import type { Session } from './model/session.ts';
import { drawing, type Progress } from './pass.ts';
import { score } from './prediction/evaluation.ts';
import { talliesOf } from './prediction/scores.ts';
import { readLearnedRates } from './read-learned-dropout-rates.ts';
import { learningRateAt } from './schedules/learning-rate-schedule.ts';
import type { RunBatch, RunBatches } from './sources/run-batches.ts';
import { gradientsOf, initialSlots, updated } from './step.ts';

/** What a run learns from, and what it is scored on after each epoch. */
export interface TrainingData {
  readonly batches: RunBatches;
  readonly validation: CheckedExamples | null;
  /** What classes weigh in training; null when all weigh the same. */
  readonly classWeights: readonly number[] | null;
}

/** What an update came to. */
interface Updated {
  readonly loss: number;
  readonly carried: CarriedState | null;
}

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
 *   const { epoch } = await trainer.epoch();
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
  readonly #data: TrainingData;
  readonly #options: RunOptions;
  readonly #giveWay: GiveWay;
  readonly #lineage: Lineage;
  readonly #saved: HostCopy;
  readonly #dropoutKey: Key;
  readonly #history: Epoch[];
  /** What made the weights before this run. */
  readonly #before: RunState['before'];
  #averages: Averages;
  /** Tells the model that the run is over; null once it was told. */
  #ended: (() => void) | null;
  /** What is under way, if something is. */
  #busy: string | null = null;
  /** What went wrong in a step or at the end of an epoch, if something did. */
  #failure: unknown;

  private constructor(
    session: Session,
    architecture: Architecture,
    data: TrainingData,
    options: RunOptions,
    giveWay: GiveWay,
    slots: Readonly<Record<string, Handle>>,
    ended: () => void,
  ) {
    const { key, resume } = options;
    const { updates, epochs } = session.trained;
    this.#session = session;
    this.#architecture = architecture;
    this.#data = data;
    this.#options = options;
    this.#giveWay = giveWay;
    this.#lineage = new Lineage(session.handles, session.trained, slots);
    this.#saved = new HostCopy(session.ops);
    this.#dropoutKey = fold(key, 'dropout');
    this.#before = resume?.before ?? { updates, epochs };
    this.#history = [...(resume?.history ?? [])];
    this.#averages = new Averages(options.metrics, resume?.averages);
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
    data: TrainingData,
    options: RunOptions,
    giveWay: GiveWay,
    ended: () => void,
  ): Promise<Trainer> {
    const { optimizer, resume } = options;
    const slots = resume
      ? uploadAll(session.ops, resume.slots)
      : initialSlots(session.ops, optimizer, architecture.specs);
    const trainer = new Trainer(session, architecture, data, options, giveWay, slots, ended);
    await trainer.#saved.take(trainer.#lineage.state);
    return trainer;
  }

  /** How many updates of this run are done. */
  get step(): number {
    return this.#lineage.state.updates - this.#before.updates;
  }

  /** How many updates there are in all epochs of this run, at most; Infinity where nobody knows. */
  get steps(): number {
    return this.#options.epochs * this.#data.batches.ofEpoch;
  }

  /** The loss and the metrics of each epoch that is over. */
  get history(): readonly Epoch[] {
    return [...this.#history];
  }

  /** Whether all batches of an epoch are done, so that `endEpoch` is next. */
  get atEndOfEpoch(): boolean {
    return this.#data.batches.ended;
  }

  /** Whether all epochs are over. */
  get done(): boolean {
    return this.#history.length >= this.#options.epochs;
  }

  /**
   * One update. It gives way to timers, and hears the run's signal before it begins. Callbacks are not called.
   * @throws DivergedError when a number is not finite; `finish` then goes back to weights that were good
   * @throws AbortError when the signal says so
   */
  async next(): Promise<StepProgress> {
    return this.#alone('next()', async () => {
      if (this.done || this.atEndOfEpoch) {
        const call = this.done ? 'finish()' : 'endEpoch()';
        throw new ModelError(`trainer: an epoch with batches left was expected, but all are done; call ${call}`);
      }
      await this.#giveWay.turn();
      const { loss, carried } = await this.#update(this.#data.batches.next);
      await this.#data.batches.advance(carried);
      return { step: this.step, steps: this.steps, loss };
    });
  }

  /** All updates that are left in the epoch, and its end. @throws whatever `next` and `endEpoch` do */
  async epoch(): Promise<Epoch> {
    while (!this.done && !this.atEndOfEpoch) await this.next();
    return this.endEpoch();
  }

  /**
   * Close an epoch whose batches are done: validation, and an entry of the history.
   * @throws DivergedError when the validation's loss is not finite, AbortError when the signal says so: the epoch is then
   *   still to be closed
   */
  async endEpoch(): Promise<Epoch> {
    return this.#alone('endEpoch()', async () => {
      if (this.done || !this.atEndOfEpoch) {
        const call = this.done ? 'finish()' : 'next()';
        throw new ModelError(
          `trainer: an epoch whose batches are done was expected, but ${this.#data.batches.done} are; call ${call}`,
        );
      }
      await this.#giveWay.turn();
      const { loss, metrics, continuation } = this.#options;
      const bptt = continuation?.bptt ?? undefined;
      const { validation } = this.#data;
      const { state } = this.#lineage;
      await this.#saved.take({ ...state, epochs: state.epochs + 1 });
      const scores = validation
        ? await score(await this.#network(), validation, loss, metrics, this.#giveWay, bptt)
        : null;
      if (scores && !Number.isFinite(scores.loss)) throw diverged(this.step, `a validation loss of ${scores.loss}`);
      // From here on nothing waits: an epoch is closed as a whole, or not at all.
      const entry: Epoch = { epoch: this.#history.length + 1, training: this.#averages.scores, validation: scores };
      this.#lineage.endEpoch();
      this.#session.publish(this.#lineage.state);
      this.#history.push(entry);
      this.#averages = new Averages(metrics);
      if (this.done) this.#data.batches.rest();
      else await this.#data.batches.beginEpoch(entry.epoch + 1, this.#lineage.state.epochs);
      return entry;
    });
  }

  /**
   * Where the run stands, to be resumed: as data that a later step does not change.
   * @throws ModelError when the loss, the optimizer or its schedule was put together by hand, which no file could tell
   * @throws DataError when a callback remembers what JSON does not hold
   */
  async snapshot(): Promise<RunState> {
    return this.#alone('snapshot()', async () => {
      const { ops } = this.#session;
      const { weights, slots, updates, epochs } = this.#lineage.state;
      const standing = {
        spec: savedSpecOf(this.#options),
        samples: this.#data.batches.samples,
        dtype: ops.dtype,
        updates,
        epochs,
        before: this.#before,
        batches: this.#data.batches.done,
        averages: this.#averages.toJSON(),
        history: this.history,
        callbacks: callbackStates(this.#options.callbacks),
        carried: this.#data.batches.carried,
      };
      return { ...standing, weights: await readAll(ops, weights), slots: await readAll(ops, slots) };
    });
  }

  /** See that the weights are numbers: no later loss will tell whether the last update went wrong. */
  async expectFinite(): Promise<void> {
    return this.#alone('expectFinite()', async () => {
      const { ops } = this.#session;
      const weights = Object.values(this.#lineage.state.weights);
      const scope = ops.openScope();
      const reading = ops.read(scope.run(() => ops.concat(weights.map((weight) => ops.sum(weight)))));
      const sums = await reading.finally(() => scope.dispose());
      if (!sums.every(Number.isFinite)) throw diverged(this.step, 'weights that are not finite');
    });
  }

  /**
   * End the run, and leave its weights to the model; nothing else can be called afterwards. After a DivergedError the
   * weights before the last ones are kept, after an EngineError those of the last epoch if the engine cannot give the last.
   * @param failed what ended it early, if that is not what the last call threw
   */
  async finish(failed: unknown = this.#failure): Promise<void> {
    if (!this.#ended) return;
    await this.#alone('finish()', async () => {
      const ended = this.#ended;
      this.#ended = null;
      try {
        this.#lineage.finish(failed instanceof DivergedError, (kept) => this.#session.publish(kept));
        if (!(failed instanceof EngineError)) return;
        const { trained } = this.#session;
        const intact = await this.#saved.orIntact(trained);
        if (intact !== trained) this.#session.publish(intact);
      } finally {
        ended?.();
        await this.#data.batches.close();
      }
    });
  }

  /** One thing at a time: the parts of a run follow each other. */
  async #alone<R>(what: string, work: () => Promise<R>): Promise<R> {
    if (!this.#ended)
      throw new ModelError(`trainer: a run under way was expected, but it was finished before ${what}; begin another`);
    if (this.#busy !== null) {
      throw new ModelError(`trainer: ${what} was expected after ${this.#busy}, but that is under way; await it first`);
    }
    this.#busy = what;
    try {
      const result = await work();
      this.#failure = undefined;
      return result;
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#busy = null;
    }
  }

  async #progress(): Promise<Progress> {
    const { weights, updates } = this.#lineage.state;
    return { updates, learned: await readLearnedRates(this.#session.ops, weights, this.#architecture.specs) };
  }

  async #network(): Promise<Network> {
    const { ops } = this.#session;
    return { ...this.#architecture, ops, weights: this.#lineage.state.weights, progress: await this.#progress() };
  }

  async #update({ examples, firstStep, ...batch }: RunBatch): Promise<Updated> {
    const { layers, input, output, specs } = this.#architecture;
    const { loss, fraternal, metrics, clipNorm, clipValue, optimizer, regularization } = this.#options;
    const { ops } = this.#session;
    const { updates, learned } = await this.#progress();
    const step = this.step + 1;
    const drawnAt = updates - batch.masksAge;
    const stepKey = fold(this.#dropoutKey, drawnAt + 1);
    const scope = ops.openScope();
    try {
      const found = await gradientsOf(ops, scope, layers, this.#lineage.state.weights, {
        batch: scope.run(() => uploadBatch(ops, input, examples.x)),
        target: (at) => uploadTargets(ops, loss, output, examples, at, this.#data.classWeights),
        loss,
        metrics,
        progress: { updates: drawnAt, learned },
        plans: drawing(stepKey, 0, firstStep),
        twin: fraternal && { kappa: fraternal.kappa, plans: drawing(fold(stepKey, 'fraternal'), 0, firstStep) },
        carried: scope.run(() => batch.carried(ops)),
        adjust: { specs, regularization, clipValue },
      });
      expectFiniteStep(step, found);
      const scale = Math.min(1, (clipNorm ?? Number.POSITIVE_INFINITY) / Math.max(found.norm, Number.MIN_VALUE));
      const history = this.#history;
      const time = { update: this.step, epoch: history.length, history };
      const learningRate = learningRateAt(optimizer.learningRate, time);
      const at = { step, scale, learningRate };
      const { output: handed, counted } = found;
      const tallies = await talliesOf(ops, { output, loss, metrics }, handed, counted, examples.y);
      const carried = await batch.carriedOn(ops, found.carried);
      const next = scope.run(() => updated(ops, optimizer, specs, this.#lineage.state, found, at, regularization));
      this.#averages.add(found.loss, found.weight, tallies);
      scope.keep([...Object.values(next.weights), ...Object.values(next.slots)]);
      // From here on nothing waits or throws: a step is done as a whole, or not at all.
      this.#lineage.advance(next);
      this.#session.publish(this.#lineage.state);
      return { loss: found.loss, carried };
    } finally {
      scope.dispose();
    }
  }
}
