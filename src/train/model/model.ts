import { expectObject, expectWhole, optionsOf } from '../../checks.ts';
import type { Ops } from '../../engines/ops.ts';
import { uploadInTurns } from '../../engines/upload-all.ts';
import { ModelError, OptionError } from '../../errors.ts';
import { storageOf } from '../../interop/folder.ts';
import type { Files, Storage, WriteReport } from '../../interop/storage.ts';
import { learnedSite } from '../../layers/dropout/learned-dropout-rate.ts';
import { expectLayers, type Layer } from '../../layers/layer.ts';
import { parseSignature, type Signature, type SignatureLike } from '../../layers/signature.ts';
import { fold, type Key, wordsOf } from '../../random/key.ts';
import type { Nested, Tensor, TensorLike } from '../../tensor/tensor.ts';
import { restoreCallbacks } from '../callbacks/callback.ts';
import { expectResumable, expectSlots } from '../checkpoints/run-state.ts';
import { checkExamples, type Examples, examplesOf } from '../examples/examples.ts';
import { readSamples, type Samples, signatureOf } from '../examples/samples.ts';
import { trainingData } from '../examples/training-data.ts';
import { runToEnd, warningsOf } from '../fit.ts';
import { type FitOptions, type RunOptions, runOptions, specOf } from '../fit-options.ts';
import { GiveWay } from '../../engines/give-way.ts';
import type { History, Scores } from '../history.ts';
import { expectLoss, type Loss } from '../losses/loss.ts';
import { defaultMetrics, metricsOf } from '../metrics/metrics.ts';
import { flowThrough, freshWeights, weightSpecs } from '../pass.ts';
import { predictAll, score } from '../prediction/evaluation.ts';
import { type MonteCarloOptions, predictMonteCarlo, type Uncertainty } from '../prediction/monte-carlo.ts';
import { readLearnedRates } from '../read-learned-dropout-rates.ts';
import { slotShapes } from '../step.ts';
import { Trainer } from '../trainer.ts';
import { expectWeights, type GivenWeights } from './given-weights.ts';
import type { EvaluateOptions, ModelOptions, PredictOptions } from './model-options.ts';
import { architectureOf, type Network, readTensors } from './network.ts';
import { packData } from './pack-data.ts';
import { type SavedModel, writeModel } from './saved-model.ts';
import { LazySession, type Trained, UNTRAINED } from './session.ts';
import { summarise } from './summary.ts';

/**
 * Layers one after the other. @throws ModelError when there is none
 * @example
 * ```ts
 * import { dense, key, lstm, sequential, softmaxCrossEntropy } from 'keepgate';
 *
 * const model = sequential([lstm({ units: 4 }), dense({ units: 2 })]);
 * const examples = { x: [[[1], [0]], [[0], [1]]], y: [0, 1] };
 * await model.fit(examples, { key: key(1), epochs: 3, loss: softmaxCrossEntropy() });
 * console.log(model.updates, (await model.predict(examples.x)).length); // prints: 3 2
 * await model.dispose();
 * ```
 */
export function sequential(layers: readonly Layer[], options: ModelOptions = {}): Model {
  return new Model(layers, options);
}

/** Layers, their weights, and the loss that they were trained for. */
export class Model {
  readonly layers: readonly Layer[];
  /** The weights and the engine, once something needs them. */
  readonly #session: LazySession;
  #input: Signature | null = null;
  #loss: Loss | null = null;
  /** What changes the weights at present, if something does. */
  #changing: string | null = null;

  constructor(layers: readonly Layer[], options: ModelOptions = {}) {
    const { engine } = optionsOf('sequential', options, { engine: true });
    expectLayers('sequential', layers);
    this.layers = layers;
    this.#session = new LazySession(engine);
  }

  /** What goes in, once it is known. */
  get input(): Signature | null {
    return this.#input;
  }

  /** What comes out, once the input is known. */
  get output(): Signature | null {
    return this.#input && flowThrough(this.layers, this.#input).output;
  }

  /** The loss that it was last trained for. */
  get loss(): Loss | null {
    return this.#loss;
  }

  /** How many updates made the weights, over all its trainings: the time that schedules of dropout rates count in. */
  get updates(): number {
    return this.#trained.updates;
  }

  /** How many epochs of its trainings are over: orders of samples that were drawn. */
  get epochs(): number {
    return this.#trained.epochs;
  }

  /** The engine that has the weights, as it describes itself; null before something needs one. */
  get engine(): string | null {
    return this.#session.current?.ops.describe() ?? null;
  }

  /** The rates that concrete dropout has learned, by layer, site and lane: `1.input_l0`. */
  async learnedRates(): Promise<Record<string, number>> {
    const session = this.#session.current;
    if (!session || !this.#input) return {};
    const specs = weightSpecs(this.layers, this.#input);
    const held = session.lease();
    try {
      const rates = await readLearnedRates(held.ops, held.weights, specs);
      return Object.fromEntries(Object.entries(rates).map(([path, rate]) => [learnedSite(path), rate]));
    } finally {
      await held.release();
    }
  }

  /**
   * Give back the weights and the engine, which the model keeps as long as it lives. It is then as it was when made;
   * predictions that are under way end as they began.
   */
  async dispose(): Promise<void> {
    await this.#change('dispose()', async () => {
      this.#input = null;
      this.#loss = null;
      await this.#session.close();
    });
  }

  /** Make fresh weights for this input. `fit` does so by itself for a model that has none. */
  async build(input: SignatureLike, key: Key): Promise<void> {
    wordsOf('build', key);
    const giveWay = new GiveWay('build');
    await this.#change('build()', () => this.#initialise(parseSignature('build', input), this.#loss, key, giveWay));
  }

  /**
   * Train. A model that has weights already goes on from them with a fresh optimizer, and with orders and masks that
   * were not drawn before. All examples are checked before anything is changed. Callbacks may use the model; a second
   * `fit` at the same time is an error.
   * @returns the loss and metrics of each epoch
   * @throws DivergedError when the loss is no longer finite; the model then has its last good weights
   * @throws EngineError when a device is lost; the model then has the weights of the last whole epoch, and can be saved
   * @throws AbortError when the signal says so; the model then has the weights of the last step
   * @throws DataError, ShapeError, ModelError or OptionError for what cannot be trained on; the model is as before
   */
  async fit(examples: Examples, options: FitOptions): Promise<History> {
    const run = runOptions(options);
    const { trainer, ops } = await this.#begin(examples, run);
    await runToEnd(trainer, run);
    return { epochs: trainer.history, warnings: warningsOf(this.layers, run, ops) };
  }

  /**
   * The same, step by step, for a loop of your own: `next()` and `endEpoch()` until it is `done`, then `finish()`. Until
   * then the model can be used, and nothing else can train it. Callbacks are the loop's to call.
   */
  async trainer(examples: Examples, options: FitOptions): Promise<Trainer> {
    return (await this.#begin(examples, runOptions(options))).trainer;
  }

  /** The loss and the metrics over examples, without dropout's noise. */
  async evaluate(examples: Examples, options: EvaluateOptions = {}): Promise<Scores> {
    const {
      loss = this.#loss,
      metrics,
      signal,
    } = optionsOf('evaluate', options, { loss: true, metrics: true, signal: true });
    if (!loss)
      throw new OptionError('evaluate: a loss was expected, but the model was not trained with one; pass { loss }');
    expectLoss('evaluate', loss);
    const wanted = metrics === undefined ? defaultMetrics(loss) : metricsOf('evaluate', metrics);
    const giveWay = new GiveWay('evaluate', signal);
    return this.#read(loss, (network) => {
      const checked = checkExamples(loss, network, examples);
      return score(network, checked, loss, wanted, giveWay);
    });
  }

  /**
   * One prediction a sample, in order: probabilities [units] for a loss of classes, else values [units]; a list of
   * them, one a step, for a model that hands on every step; none for steps of padding.
   */
  async predict(x: Samples, options: PredictOptions = {}): Promise<Nested[]> {
    const { lengths, signal } = optionsOf('predict', options, { lengths: true, signal: true });
    const giveWay = new GiveWay('predict', signal);
    const link = this.#loss?.link ?? 'linear';
    return this.#read(this.#loss, (network) =>
      predictAll(network, readSamples('predict', x, lengths, network), link, giveWay),
    );
  }

  /**
   * MC dropout (Gal and Ghahramani 2016, arXiv:1506.02142): predict `passes` times, each with drawn masks, fixed over
   * time where the scheme says so, and say how much the passes differ: not at all where no layer drops anything.
   */
  async predictMC(x: Samples, options: MonteCarloOptions): Promise<Uncertainty[]> {
    expectObject('predictMC', options);
    const { lengths, signal } = options;
    const giveWay = new GiveWay('predictMC', signal);
    const link = this.#loss?.link ?? 'linear';
    return this.#read(this.#loss, (network) =>
      predictMonteCarlo(network, readSamples('predictMC', x, lengths, network), link, options, giveWay),
    );
  }

  /**
   * Save to a folder or another storage, all or nothing, in place of a model that is there; `loadModel` reads it back.
   * @returns warnings, when it is saved but something is left behind
   * @throws ModelError when there are no weights yet, nobody could load it again, or it cannot be written
   */
  async save(place: string | Storage): Promise<WriteReport> {
    return storageOf(place).write(await this.toFiles());
  }

  /** What `save` writes: file names to contents. @throws ModelError when there are no weights yet */
  async toFiles(): Promise<Files> {
    const { layers } = this;
    const loss = this.#loss;
    return this.#read(null, async ({ input, ops, weights }, { updates, epochs }) =>
      writeModel({ layers, input, loss, updates, epochs, weights: await readTensors(ops, weights) }),
    );
  }

  /** A table of the layers, for people. */
  summary(): string {
    const input = this.#input;
    const outputs = input && flowThrough(this.layers, input).outputs;
    return summarise(this.layers, outputs, input ? weightSpecs(this.layers, input) : {});
  }

  /** All weights by path: `0.weight`. None before there are any. */
  async getWeights(): Promise<Record<string, Tensor>> {
    const session = this.#session.current;
    if (!session) return {};
    const held = session.lease();
    try {
      return await readTensors(held.ops, held.weights);
    } finally {
      await held.release();
    }
  }

  /**
   * Put in all weights, for this input and, if predictions need one, this loss.
   * @param trained also how many `updates` and `epochs` made them: schedules, orders and masks go on from there
   * @throws ModelError or ShapeError when a weight is missing, unknown, or of another shape
   */
  async setWeights(weights: Readonly<Record<string, TensorLike>>, trained: GivenWeights): Promise<void> {
    const {
      input: like,
      loss = null,
      updates = 0,
      epochs = 0,
    } = optionsOf('setWeights', trained, { input: true, loss: true, updates: true, epochs: true });
    const input = parseSignature('setWeights', like);
    expectWhole('setWeights', 'updates', updates, 0);
    expectWhole('setWeights', 'epochs', epochs, 0);
    if (loss !== null) expectLoss('setWeights', loss);
    const checked = expectWeights(this.layers, input, weights);
    await this.#change('setWeights()', async () => {
      await this.#replace({ input, loss, weights: checked, updates, epochs }, new GiveWay('setWeights'));
    });
  }

  async #initialise(input: Signature, loss: Loss | null, key: Key, giveWay: GiveWay): Promise<void> {
    const weights = await freshWeights(this.layers, input, key, giveWay);
    await this.#replace({ input, loss, weights, updates: 0, epochs: 0 }, giveWay);
  }

  /** Check everything, then begin a run; it is under way until its `finish`. */
  async #begin(examples: Examples, run: RunOptions): Promise<{ trainer: Trainer; ops: Ops }> {
    this.#expectIdle();
    this.#changing = 'fit() or a trainer';
    try {
      const { loss, key, resume, callbacks } = run;
      const input = this.#input ?? signatureOf(this.layers[0] as Layer, examplesOf(examples).x);
      const architecture = architectureOf(this.layers, input, loss);
      const checked = trainingData(examples, run, architecture);
      const giveWay = new GiveWay('fit', run.signal);
      const session = await this.#session.open(this);
      const data = packData(session.ops, input, checked);
      if (resume) {
        expectResumable(resume, specOf(run), data.training.x.length, session.ops);
        expectSlots(resume.slots, slotShapes(run.optimizer, architecture.specs));
        const weights = expectWeights(this.layers, input, resume.weights);
        restoreCallbacks(callbacks, resume.callbacks);
        const { updates, epochs } = resume;
        await this.#replace({ input, loss, weights, updates, epochs }, giveWay);
      } else if (!this.#input) await this.#initialise(input, loss, fold(key, 'initialise'), giveWay);
      this.#loss = loss;
      const trainer = await Trainer.begin(session, architecture, data, run, giveWay, () => {
        this.#changing = null;
      });
      return { trainer, ops: session.ops };
    } catch (error) {
      this.#changing = null;
      throw error;
    }
  }

  /** What changes the weights does so alone; who reads them reads those of when it began. */
  async #change(what: string, work: () => Promise<void>): Promise<void> {
    this.#expectIdle();
    this.#changing = what;
    try {
      await work();
    } finally {
      this.#changing = null;
    }
  }

  /** @throws ModelError while something else changes the weights: a run does until it is finished */
  #expectIdle(): void {
    if (this.#changing === null) return;
    throw new ModelError(
      `model: a model whose weights nothing changes was expected, but ${this.#changing} is at work; wait for it, or finish() the trainer`,
    );
  }

  get #trained(): Trained {
    return this.#session.current?.trained ?? UNTRAINED;
  }

  /** All at once, as far as a reader can tell: what a loss makes of outputs goes with the weights. */
  async #replace(
    { input, loss, weights, updates, epochs }: Omit<SavedModel, 'layers'>,
    giveWay: GiveWay,
  ): Promise<void> {
    const session = await this.#session.open(this);
    session.publish({ weights: await uploadInTurns(session.ops, weights, giveWay), updates, epochs });
    this.#input = input;
    this.#loss = loss;
  }

  /** Use the weights of now, whatever happens to the model meanwhile. */
  async #read<R>(loss: Loss | null, work: (network: Network, held: Trained) => Promise<R>): Promise<R> {
    const session = this.#session.current;
    if (!this.#input || !session)
      throw new ModelError(
        'model: trained or loaded weights were expected, but there are none yet; call fit() or loadModel()',
      );
    const architecture = architectureOf(this.layers, this.#input, loss);
    const held = session.lease();
    try {
      const { ops, weights, updates } = held;
      const learned = await readLearnedRates(ops, weights, architecture.specs);
      return await work({ ...architecture, ops, weights, progress: { updates, learned } }, held);
    } finally {
      await held.release();
    }
  }
}
