import { uploadAll } from '../engines/upload-all.ts';
import { expectText } from '../checks.ts';
import { AbortError, ModelError } from '../errors.ts';
import { fold, type Key } from '../random/key.ts';
import { meanAfterEpoch } from './averaging/averaging.ts';
import { callbackStates, type StepProgress, type TrainingRun } from './callbacks/callback.ts';
import { stepProgress } from './callbacks/step-progress.ts';
import type { CarriedState } from './carried-state.ts';
import { type RunState, readAll } from './checkpoints/run-state.ts';
import { diverged, expectFiniteWeights } from './divergence.ts';
import type { CheckedExamples } from './examples/examples.ts';
import type { ClassWeights } from './examples/class-weight.ts';
import { type ResumedOptions, savedSpecOf } from './fit-options.ts';
import type { GiveWay } from '../engines/give-way.ts';
import { Averages, type Epoch, type Scores } from './history.ts';
import { judged, Lineage, type Standing, weightsOf } from './lineage.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type Architecture, networkOf } from './model/network.ts';
import type { Session, Trained } from './model/session.ts';
import type { DrawnPlan } from './pass.ts';
import { score } from './prediction/evaluation.ts';
import type { RunBatches } from './sources/run-batches.ts';
import { initialSlots } from './step.ts';
import { updateOf } from './update.ts';

/** What a run learns from, and what it is scored on after each epoch. */
export interface TrainingData {
  readonly batches: RunBatches;
  readonly validation: CheckedExamples | null;
  /** What classes weigh in training, by output. */
  readonly classWeights: ClassWeights;
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
export class Trainer implements TrainingRun {
  readonly #session: Session;
  readonly #architecture: Architecture;
  readonly #data: TrainingData;
  readonly #options: ResumedOptions;
  readonly #giveWay: GiveWay;
  readonly #lineage: Lineage;
  readonly #dropoutKey: Key;
  readonly #history: Epoch[];
  /** What made the weights before this run. */
  readonly #before: RunState['before'];
  #averages: Averages;
  /** Tells the model that the run is over; null once it was told. */
  #ended: (() => void) | null;
  #stopped: boolean;
  readonly #warnings = new Set<string>();
  readonly #parts = new OneAtATime();

  private constructor(
    session: Session,
    architecture: Architecture,
    data: TrainingData,
    options: ResumedOptions,
    giveWay: GiveWay,
    begun: Omit<Standing, 'weights'>,
    ended: () => void,
  ) {
    const { key, resume } = options;
    const { updates, epochs } = session.trained;
    this.#session = session;
    this.#architecture = architecture;
    this.#data = data;
    this.#options = options;
    this.#giveWay = giveWay;
    this.#lineage = new Lineage(session, begun, resume?.kept ?? null);
    this.#dropoutKey = fold(key, 'dropout');
    this.#before = resume?.before ?? { updates, epochs };
    this.#history = [...(resume?.history ?? [])];
    this.#averages = new Averages(options, resume?.averages);
    // One that is made longer goes on.
    this.#stopped = resume?.stopped === true && resume.spec.epochs >= options.epochs;
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
    options: ResumedOptions,
    giveWay: GiveWay,
    ended: () => void,
  ): Promise<Trainer> {
    const { optimizer, resume } = options;
    const slots = resume
      ? uploadAll(session.ops, resume.slots)
      : initialSlots(session.ops, optimizer, architecture.specs);
    const mean = resume?.mean ? { ...resume.mean, weights: uploadAll(session.ops, resume.mean.weights) } : null;
    const trainer = new Trainer(session, architecture, data, options, giveWay, { slots, mean }, ended);
    await trainer.#lineage.copyToHost();
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

  /** Whether all epochs are over, or the run was stopped. */
  get done(): boolean {
    return this.#stopped || this.#history.length >= this.#options.epochs;
  }

  /** Whether it comes to its end: it is done, or the signal ended it. */
  get ending(): boolean {
    return this.done || this.#parts.failure instanceof AbortError;
  }

  /** The epoch of this run whose weights were kept, if some were; undefined where the model gets the last ones. */
  get keptEpoch(): number | undefined {
    const { kept } = this.#lineage;
    return kept ? kept.epochs - this.#before.epochs : undefined;
  }

  /** What callbacks warned of, a line each. */
  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** Adds a line to {@link warnings}, unless it is there. */
  warn(warning: string): void {
    expectText('trainer', 'warning', warning);
    this.#warnings.add(warning);
  }

  /** What a callback's 'stop' does: nothing is left to do but `finish()`. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * The model gets the weights of now when the run ends, however it ends, unless others are kept later.
   * @throws DivergedError where they are not finite
   */
  async keepWeights(): Promise<void> {
    return this.#parts.run('keepWeights()', async () => {
      if (!(await this.#lineage.keep())) throw diverged(this.step, 'weights that are not finite');
    });
  }

  /**
   * One update. It gives way to timers, and hears the run's signal before it begins. Callbacks are not called.
   * @throws DivergedError when a number is not finite; `finish` then goes back to weights that were good
   * @throws AbortError when the signal says so
   */
  async next(): Promise<StepProgress> {
    return this.#parts.run('next()', async () => {
      if (this.done || this.atEndOfEpoch) {
        const call = this.done ? 'finish()' : 'endEpoch()';
        throw new ModelError(`trainer: an epoch with batches left was expected, but all are done; call ${call}`);
      }
      await this.#giveWay.turn();
      const { examples } = this.#data.batches.next;
      const { loss, carried, plans } = await this.#update();
      await this.#data.batches.advance(carried);
      const at = { step: this.step, steps: this.steps, epoch: this.#history.length + 1, epochs: this.#options.epochs };
      return stepProgress({ ...at, loss, plans }, examples, this.#averages);
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
    return this.#parts.run('endEpoch()', async () => {
      if (this.done || !this.atEndOfEpoch) {
        const call = this.done ? 'finish()' : 'next()';
        throw new ModelError(
          `trainer: an epoch whose batches are done was expected, but ${this.#data.batches.done} are; call ${call}`,
        );
      }
      await this.#giveWay.turn();
      const { ops } = this.#session;
      const { averaging } = this.#options;
      const { specs } = this.#architecture;
      const scope = ops.openScope();
      try {
        const mean = scope.run(() => meanAfterEpoch(ops, averaging, this.#history, this.#lineage.state, specs));
        const ended = this.#lineage.ending(mean);
        await this.#lineage.copyToHost(ended);
        const scores = await this.#validate(judged(ended));
        scope.keep(Object.values(mean?.weights ?? {}));
        return await this.#close(ended, scores);
      } finally {
        scope.dispose();
      }
    });
  }

  async #validate(trained: Trained): Promise<Scores | null> {
    const { validation } = this.#data;
    if (!validation) return null;
    const { loss, metrics, continuation } = this.#options;
    const network = await networkOf(this.#architecture, { ops: this.#session.ops, ...trained });
    const scores = await score(network, validation, loss, metrics, this.#giveWay, continuation?.bptt ?? undefined);
    if (!Number.isFinite(scores.loss)) throw diverged(this.step, `a validation loss of ${scores.loss}`);
    return scores;
  }

  async #close(ended: Standing & Trained, validation: Scores | null): Promise<Epoch> {
    // Nothing waits here: an epoch is closed as a whole, or not at all.
    const entry: Epoch = {
      epoch: this.#history.length + 1,
      training: this.#averages.scores,
      validation,
      ...this.#averages.updates,
    };
    this.#lineage.endEpoch(ended);
    this.#history.push(entry);
    this.#averages = new Averages(this.#options);
    if (this.done) this.#data.batches.rest();
    else await this.#data.batches.beginEpoch(entry.epoch + 1, ended.epochs);
    return entry;
  }

  /**
   * Where the run stands, to be resumed: as data that a later step does not change.
   * @throws ModelError when the loss, the optimizer or its schedule was put together by hand, which no file could tell
   * @throws DataError when a callback remembers what JSON does not hold
   */
  async snapshot(): Promise<RunState> {
    return this.#parts.run('snapshot()', async () => {
      const { ops } = this.#session;
      const { weights, slots, mean, updates, epochs } = this.#lineage.state;
      const { samplesRead } = this.#data.batches;
      return {
        spec: savedSpecOf(this.#options),
        samples: this.#data.batches.samples,
        dtype: ops.dtype,
        updates,
        epochs,
        before: this.#before,
        batches: this.#data.batches.done,
        ...(samplesRead === undefined ? {} : { samplesRead }),
        averages: this.#averages.toJSON(),
        history: this.history,
        callbacks: callbackStates(this.#options.callbacks),
        layers: this.#architecture.layers.map(({ config }) => config),
        carried: this.#data.batches.carried,
        kept: this.#lineage.kept,
        stopped: this.#stopped,
        // What waits comes last, so that all of it is of now.
        weights: await readAll(ops, weights),
        slots: await readAll(ops, slots),
        mean: mean && { weights: await readAll(ops, mean.weights), count: mean.count },
      };
    });
  }

  /** See that the weights are numbers: no later loss will tell whether the last update went wrong. */
  async expectFinite(): Promise<void> {
    const weights = Object.values(this.#lineage.state.weights);
    return this.#parts.run('expectFinite()', () => expectFiniteWeights(this.#session.ops, this.step, weights));
  }

  /**
   * End the run, and leave its weights to the model; nothing else can be called afterwards. Where no others were kept by
   * `keepWeights`, they are the last; after a DivergedError those before them, after an EngineError those of the last epoch if
   * the engine cannot give the last.
   * @param failed what ended it early, if that is not what the last call threw
   */
  async finish(failed: unknown = this.#parts.failure): Promise<void> {
    const ended = this.#ended;
    if (!ended) return;
    await this.#parts.run('finish()', async () => {
      this.#ended = null;
      this.#parts.end();
      try {
        await this.#lineage.finish(failed);
      } finally {
        ended();
        await this.#data.batches.close();
      }
    });
  }

  /** What the next update came to. */
  async #update(): Promise<{ loss: number; carried: CarriedState | null; plans: readonly DrawnPlan[] }> {
    const { ops } = this.#session;
    const { state } = this.#lineage;
    const { batches, classWeights } = this.#data;
    const at = { step: this.step + 1, key: this.#dropoutKey, history: this.#history };
    const network = await networkOf(this.#architecture, { ops, ...state });
    const scope = ops.openScope();
    try {
      const found = await updateOf(network, scope, this.#options, state, at, { batch: batches.next, classWeights });
      const { next, loss, losses, tallies, carried, plans, told } = found;
      scope.keep([...weightsOf(next), ...Object.values(next.slots)]);
      // From here on nothing waits or throws: a step is done as a whole, or not at all.
      this.#averages.add(losses, tallies);
      this.#averages.addUpdate(told);
      this.#lineage.advance(next);
      return { loss, carried, plans };
    } finally {
      scope.dispose();
    }
  }
}
