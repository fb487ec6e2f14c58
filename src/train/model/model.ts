import { optionsOf } from '../../checks.ts';
import type { Ops } from '../../engines/ops.ts';
import { uploadInTurns } from '../../engines/upload-all.ts';
import { ModelError } from '../../errors.ts';
import { storageOf } from '../../interop/folder.ts';
import type { Files, Storage, WriteReport } from '../../interop/storage.ts';
import { expectLayers, type Layer } from '../../layers/layer.ts';
import { type InputSignatureLike, parseInputs, type Signature, type Signatures } from '../../layers/signature.ts';
import { fold, type Key, wordsOf } from '../../random/key.ts';
import type { Nested, Tensor, TensorLike } from '../../tensor/tensor.ts';
import { unnamedOf } from '../examples/by-name.ts';
import type { AnyExamples, ExamplesLike, InputsLike } from '../examples/examples.ts';
import { historyOf, runToEnd, warningsOf } from '../fit.ts';
import { type FitOptions, type RunOptions, runOptions } from '../fit-options.ts';
import { GiveWay } from '../../engines/give-way.ts';
import type { History, Scores } from '../history.ts';
import type { Loss } from '../losses/loss.ts';
import { flowThrough, freshWeights, weightSpecs } from '../pass.ts';
import type { MonteCarloOptions, Uncertainty } from '../prediction/monte-carlo.ts';
import { evaluationWork, monteCarloWork, predictionWork } from '../prediction/prediction-work.ts';
import type { PredictionsAndState } from '../prediction/read-predictions.ts';
import { ModelStream } from '../prediction/stream.ts';
import { EpochStream, type ExampleStream } from '../sources/example-stream.ts';
import { RunBatches } from '../sources/run-batches.ts';
import { type GivenExamples, givenExamples, inputsOfExamples, runData } from '../sources/run-data.ts';
import { Trainer } from '../trainer.ts';
import { checkedWeights, type GivenWeights, isSome, someWeights, type WeightsReport } from './given-weights.ts';
import { begun, goingOn, withSnapshot } from './going-on.ts';
import type { EvaluateOptions, ModelOptions, PredictOptions } from './model-options.ts';
import { type Architecture, architectureOf, type Network, networkOf, readTensors } from './network.ts';
import { readLearnedSites } from './read-learned-dropout-rates.ts';
import { OneChange } from './one-change.ts';
import { type SavedModel, writeModel } from './saved-model.ts';
import { LazySession, type Session, type Trained, UNTRAINED } from './session.ts';
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
  #inputs: Signatures | null = null;
  #loss: Loss | null = null;
  readonly #change = new OneChange();

  constructor(layers: readonly Layer[], options: ModelOptions = {}) {
    const { engine } = optionsOf('sequential', options, { engine: true });
    expectLayers('sequential', layers);
    this.layers = layers;
    this.#session = new LazySession(engine);
  }

  /** What goes in, once it is known; null of a model with several inputs, which `inputs` has. */
  get input(): Signature | null {
    return unnamedOf(this.#inputs);
  }

  /** The same by name: `x` alone for most models. */
  get inputs(): Signatures | null {
    return this.#inputs;
  }

  /** What comes out, once the input is known; null of a model with several outputs, which `outputs` has. */
  get output(): Signature | null {
    return unnamedOf(this.outputs);
  }

  /** The same by name: `y` alone for most models. */
  get outputs(): Signatures | null {
    return this.#inputs && flowThrough(this.layers, this.#inputs).end;
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
    const [session, inputs] = [this.#session.current, this.#inputs];
    if (!session || !inputs) return {};
    return session.use(({ ops, weights }) => readLearnedSites(ops, weights, weightSpecs(this.layers, inputs)));
  }

  /**
   * Give back the weights and the engine, which the model keeps as long as it lives. It is then as it was when made;
   * predictions that are under way end as they began.
   */
  async dispose(): Promise<void> {
    await this.#change.during('dispose()', async () => {
      this.#inputs = null;
      this.#loss = null;
      await this.#session.close();
    });
  }

  /** Make fresh weights for this input, or `{ inputs }` by name. `fit` does so by itself for a model that has none. */
  async build(input: InputSignatureLike, key: Key): Promise<void> {
    wordsOf('build', key);
    const inputs = (): Signatures => parseInputs('build', Object.keys((this.layers[0] as Layer).inputs), input);
    await this.#change.during('build()', () => this.#initialise(inputs(), this.#loss, key, new GiveWay('build')));
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
  async fit(examples: AnyExamples | ExampleStream, options: FitOptions): Promise<History> {
    const run = runOptions(options);
    const { trainer, ops } = await this.#begin(examples, run);
    await runToEnd(trainer, run);
    return historyOf(trainer, warningsOf(this.layers, run, ops));
  }

  /**
   * The same, step by step, for a loop of your own: `next()` and `endEpoch()` until it is `done`, then `finish()`. Until
   * then the model can be used, and nothing else can train it. Callbacks are the loop's to call.
   */
  async trainer(examples: AnyExamples | ExampleStream, options: FitOptions): Promise<Trainer> {
    return (await this.#begin(examples, runOptions(options))).trainer;
  }

  /** The loss and the metrics over examples, without dropout's noise. */
  async evaluate(examples: ExamplesLike, options: EvaluateOptions = {}): Promise<Scores> {
    const { loss, work } = evaluationWork(options, this.#loss);
    return this.#read(loss, (network) => work(network, examples));
  }

  /**
   * One prediction a sample, in order: probabilities [units] for a loss of classes, else values [units]; a list of them, one a step, for
   * a model that hands on every step; none for steps of padding. Of several outputs they come by name. The type parameter says which:
   * `predict<number[][]>(x)`, or `number[][][]` for a prediction at every step. With a `state`, sequences go on where those of an earlier
   * call ended, and `returnState` gives that of their ends: in chunks, what comes is to the bit what comes of the whole sequences.
   * @throws ModelError for a state where a layer needs the whole sequence, ShapeError for one of another model
   */
  async predict<P extends Nested[] = Nested[]>(
    x: InputsLike,
    options: PredictOptions & { readonly returnState: true },
  ): Promise<PredictionsAndState<P>>;
  async predict<P extends Nested[] = Nested[]>(
    x: InputsLike,
    options?: PredictOptions & { readonly returnState?: false },
  ): Promise<P>;
  async predict<P extends Readonly<Record<string, Nested[]>>>(
    x: InputsLike,
    options: PredictOptions & { readonly returnState: true },
  ): Promise<PredictionsAndState<P>>;
  async predict<P extends Readonly<Record<string, Nested[]>>>(
    x: InputsLike,
    options?: PredictOptions & { readonly returnState?: false },
  ): Promise<P>;
  async predict(x: InputsLike, options: PredictOptions & { readonly returnState?: boolean } = {}): Promise<unknown> {
    const work = predictionWork(options, this.#loss);
    return this.#read(this.#loss, (network) => work(network, x));
  }

  /**
   * A sequence that comes step by step: `step(x)` takes one, a token id or a list of numbers, and gives what `predict`
   * gives for all steps so far, to the bit. It has the weights of now, whatever happens to the model meanwhile.
   * @throws ModelError where a layer needs the whole sequence at once, such as a bidirectional one
   */
  async stream(): Promise<ModelStream> {
    const { session, architecture } = this.#ready(this.#loss);
    return ModelStream.open(architecture, session.lease(), this.#loss);
  }

  /**
   * MC dropout (Gal and Ghahramani 2016, arXiv:1506.02142): predict `passes` times, each with drawn masks, fixed over
   * time where the scheme says so, and say how much the passes differ: not at all where no layer drops anything. The type parameter names
   * what is for each step, `predictMC<Uncertainty[][]>`, and what comes by name.
   */
  async predictMC<U extends Uncertainty[] = Uncertainty[]>(x: InputsLike, options: MonteCarloOptions): Promise<U>;
  async predictMC<U extends Uncertainty[][] | Readonly<Record<string, Uncertainty[] | Uncertainty[][]>>>(
    x: InputsLike,
    options: MonteCarloOptions,
  ): Promise<U>;
  async predictMC(x: InputsLike, options: MonteCarloOptions): Promise<unknown> {
    const work = monteCarloWork(options, this.#loss);
    return this.#read(this.#loss, (network) => work(network, x));
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
    return this.#read(null, async ({ inputs, ops, weights }, { updates, epochs }) =>
      writeModel({ layers, inputs, loss, updates, epochs, weights: await readTensors(ops, weights) }),
    );
  }

  /** A table of the layers, for people. */
  summary(): string {
    return summarise(this.layers, this.#inputs);
  }

  /** All weights by path: `0.weight`. None before there are any. */
  async getWeights(): Promise<Record<string, Tensor>> {
    return (await this.#session.current?.use(({ ops, weights }) => readTensors(ops, weights))) ?? {};
  }

  /**
   * Put in all weights, for this input and, if predictions need one, this loss.
   * @param trained also how many `updates` and `epochs` made them: schedules, orders and masks go on from there
   * With `{ strict: false }`: those of them that a model with weights has, such as pretrained vectors alone; all else stays as it is.
   * @throws ModelError or ShapeError when a weight is missing, unknown, or of another shape
   */
  async setWeights(weights: Readonly<Record<string, TensorLike>>, trained: GivenWeights): Promise<void>;
  async setWeights(weights: Readonly<Record<string, TensorLike>>, some: { strict: false }): Promise<WeightsReport>;
  async setWeights(
    weights: Readonly<Record<string, TensorLike>>,
    trained: GivenWeights | { readonly strict: false },
  ): Promise<unknown> {
    if (isSome(trained)) return this.#setSome(weights);
    const given = checkedWeights(this.layers, weights, trained);
    await this.#change.during('setWeights()', () => this.#replace(given, new GiveWay('setWeights')));
  }

  async #setSome(weights: Readonly<Record<string, TensorLike>>): Promise<WeightsReport> {
    const { inputs } = this.#ready(null).architecture;
    const { found, missing, unexpected } = someWeights(this.layers, inputs, weights);
    await this.#change.during('setWeights()', async () => {
      const all = { ...(await this.getWeights()), ...found };
      await this.#replace({ inputs, loss: this.#loss, ...this.#trained, weights: all }, new GiveWay('setWeights'));
    });
    return { missing, unexpected };
  }

  async #initialise(inputs: Signatures, loss: Loss | null, key: Key, giveWay: GiveWay): Promise<void> {
    const weights = await freshWeights(this.layers, inputs, key, giveWay);
    await this.#replace({ inputs, loss, weights, updates: 0, epochs: 0 }, giveWay);
  }

  /** Check everything, then begin a run; it is under way until its `finish`. */
  async #begin(examples: AnyExamples | ExampleStream, told: RunOptions): Promise<{ trainer: Trainer; ops: Ops }> {
    this.#change.begin('fit() or a trainer');
    let batches: RunBatches | undefined;
    let given: GivenExamples | undefined;
    try {
      const run = await withSnapshot(told);
      const { loss, key, resume } = run;
      const giveWay = new GiveWay('fit', run.signal);
      given = givenExamples(examples, run, giveWay);
      const inputs = this.#inputs ?? (await inputsOfExamples(this.layers[0] as Layer, given, run));
      const architecture = architectureOf(this.layers, inputs, loss);
      const checked = runData(given, run, architecture);
      const session = await this.#session.open(this);
      const { source, ...data } = checked(session.ops);
      const restored = goingOn(run, architecture, source.samples, session.ops);
      batches = await RunBatches.begin(source, architecture, run, resume?.epochs ?? session.trained.epochs);
      await begun(run, architecture.layers);
      if (restored) await this.#replace({ inputs, loss, ...restored }, giveWay);
      else if (!this.#inputs) await this.#initialise(inputs, loss, fold(key, 'initialise'), giveWay);
      this.#loss = loss;
      const resumed = { ...run, resume: restored };
      const trainer = await Trainer.begin(session, architecture, { ...data, batches }, resumed, giveWay, () =>
        this.#change.end(),
      );
      return { trainer, ops: session.ops };
    } catch (error) {
      await batches?.close();
      if (given instanceof EpochStream) await given.close();
      this.#change.end();
      throw error;
    }
  }

  get #trained(): Trained {
    return this.#session.current?.trained ?? UNTRAINED;
  }

  /** All at once, as far as a reader can tell: what a loss makes of outputs goes with the weights. */
  async #replace(
    { inputs, loss, weights, updates, epochs }: Omit<SavedModel, 'layers'>,
    giveWay: GiveWay,
  ): Promise<void> {
    const session = await this.#session.open(this);
    session.publish({ weights: await uploadInTurns(session.ops, weights, giveWay), updates, epochs });
    this.#inputs = inputs;
    this.#loss = loss;
  }

  /** Use the weights of now, whatever happens to the model meanwhile. */
  async #read<R>(loss: Loss | null, work: (network: Network, held: Trained) => Promise<R>): Promise<R> {
    const { session, architecture } = this.#ready(loss);
    return session.use(async (held) => work(await networkOf(architecture, held), held));
  }

  /** @throws ModelError while there are no weights */
  #ready(loss: Loss | null): { readonly session: Session; readonly architecture: Architecture } {
    const session = this.#session.current;
    if (this.#inputs && session) return { session, architecture: architectureOf(this.layers, this.#inputs, loss) };
    throw new ModelError(
      'model: trained or loaded weights were expected, but there are none yet; call fit() or loadModel()',
    );
  }
}
