import { expectWhole, optionsOf } from '../checks.ts';
import type { Ops } from '../engines/ops.ts';
import { type EngineOption, lazyEngine } from '../engines/select.ts';
import { ModelError, OptionError, show } from '../errors.ts';
import { writeFolder } from '../interop/folder.ts';
import { learnedSite } from '../layers/dropout/learned-dropout-rate.ts';
import type { Layer, Signature } from '../layers/layer.ts';
import { expectSignature } from '../layers/signature.ts';
import { fold, type Key } from '../random/key.ts';
import { expectShape, type Nested, Tensor, type TensorLike, tensor } from '../tensor/tensor.ts';
import { checkExamples, type Examples, expectPaired, expectSamples, signatureOf } from './examples.ts';
import { checkFitOptions, type FitOptions, trainNetwork } from './fit.ts';
import type { History, Scores } from './history.ts';
import { readLearnedRates } from './learned-dropout-rates.ts';
import type { Trained } from './lineage.ts';
import type { Loss } from './losses/losses.ts';
import { defaultMetrics, type Metric } from './metrics/metrics.ts';
import { type MonteCarloOptions, predictMonteCarlo, type Uncertainty } from './monte-carlo.ts';
import { layersFor, type Network, predictAll, score } from './network.ts';
import { signatures } from './pass.ts';
import { modelToFiles } from './persist.ts';
import { summarise } from './summary.ts';

export interface ModelOptions {
  /** What the sums run on; an engine or its name, 'auto' when left out. */
  readonly engine?: EngineOption;
}

/** Layers one after the other. @throws ModelError when there is none */
export function sequential(layers: readonly Layer[], options: ModelOptions = {}): Model {
  return new Model(layers, options);
}

const NOTHING: Trained = { weights: {}, updates: 0 };

/** Layers, their weights, and the loss that they were trained for. */
export class Model {
  readonly layers: readonly Layer[];
  readonly #ops: () => Promise<Ops>;
  #input: Signature | null = null;
  #trained: Trained = NOTHING;
  #loss: Loss | null = null;
  #fitting = false;

  constructor(layers: readonly Layer[], options: ModelOptions = {}) {
    const { engine } = optionsOf('sequential', options);
    if (!Array.isArray(layers))
      throw new ModelError(`sequential: a list of layers was expected, but ${show(layers)} came`);
    if (layers.length === 0) throw new ModelError('sequential: at least one layer was expected, but none came');
    this.layers = layers;
    this.#ops = lazyEngine(engine);
  }

  /** What goes in, once it is known. */
  get input(): Signature | null {
    return this.#input;
  }

  /** What comes out, once the input is known. */
  get output(): Signature | null {
    return this.#input && (signatures(this.layers, this.#input).at(-1) as Signature);
  }

  /** The loss that it was last trained for. */
  get loss(): Loss | null {
    return this.#loss;
  }

  /** How many updates made the weights, over all its trainings: the time that schedules of rates count in. */
  get updates(): number {
    return this.#trained.updates;
  }

  /** The rates that concrete dropout has learned, by layer, site and lane: `1.input_l0`. */
  async learnedRates(): Promise<Record<string, number>> {
    const rates = await readLearnedRates(await this.#ops(), this.#trained.weights);
    return Object.fromEntries(Object.entries(rates).map(([name, rate]) => [learnedSite(name), rate]));
  }

  /** Free the weights on the engine, which holds them as long as the model lives. It is then as it was when made. */
  async dispose(): Promise<void> {
    this.#expectIdle();
    const ops = await this.#ops();
    ops.release(Object.values(this.#trained.weights));
    this.#trained = NOTHING;
    this.#input = null;
    this.#loss = null;
  }

  /** Make fresh weights for this input. `fit` does so by itself for a model that has none. */
  async build(input: Signature, key: Key): Promise<void> {
    this.#expectIdle();
    await this.#initialise(expectSignature('build', input), key);
  }

  /**
   * Train. A model that has weights already goes on from them, with a fresh optimizer. All examples are checked before
   * anything is changed. Callbacks may use the model; a second `fit` at the same time is an error.
   * @returns the loss and metrics of each epoch
   * @throws DivergedError when the loss is no longer finite; the model then has its last good weights
   * @throws EngineError when a device is lost; the model then has the weights of the last whole epoch, and can be saved
   * @throws DataError, ShapeError, ModelError or OptionError for what cannot be trained on; the model is as before
   */
  async fit(examples: Examples, options: FitOptions): Promise<History> {
    checkFitOptions(options);
    this.#expectIdle();
    this.#fitting = true;
    try {
      const { loss, key, validation } = options;
      expectPaired(examples);
      const input = this.#input ?? signatureOf(this.layers[0] as Layer, examples.x);
      const { output } = this.#ends(loss, input);
      checkExamples(loss, input, output, examples);
      if (validation) checkExamples(loss, input, output, validation);
      if (!this.#input) await this.#initialise(input, fold(key, 'initialise'));

      this.#loss = loss;
      const outcome = await trainNetwork(await this.#network(loss), examples, options, (trained) => {
        this.#trained = trained;
      });
      this.#trained = { weights: outcome.weights, updates: outcome.updates };
      if (outcome.stopped) throw outcome.stopped.error;
      return outcome.history;
    } finally {
      this.#fitting = false;
    }
  }

  /** The loss and the metrics over examples, without dropout's noise. */
  async evaluate(
    examples: Examples,
    options: { readonly loss?: Loss; readonly metrics?: readonly Metric[] } = {},
  ): Promise<Scores> {
    const { loss = this.#loss, metrics } = optionsOf('evaluate', options);
    if (!loss)
      throw new OptionError('evaluate: a loss was expected, but the model was not trained with one; pass { loss }');
    const network = await this.#network(loss);
    checkExamples(loss, network.input, network.output, examples);
    return score(network, examples, loss, metrics ?? defaultMetrics(loss));
  }

  /**
   * One prediction a sample, in order: probabilities [units] for a loss of classes, else values [units]; a list of
   * them, one a step, for a model that hands on every step.
   */
  async predict(x: readonly Nested[]): Promise<Nested[]> {
    expectSamples('predict', x);
    const link = this.#loss?.link ?? 'linear';
    return predictAll(await this.#network(this.#loss), x, link);
  }

  /**
   * MC dropout (Gal and Ghahramani 2016, arXiv:1506.02142): predict `passes` times with drawn masks, and say how much
   * the passes differ. Each pass has masks of its own, fixed over its timesteps where the scheme says so. They do not differ
   * where no layer drops anything.
   */
  async predictMC(x: readonly Nested[], options: MonteCarloOptions): Promise<Uncertainty[]> {
    expectSamples('predictMC', x);
    const link = this.#loss?.link ?? 'linear';
    return predictMonteCarlo(await this.#network(this.#loss), x, link, options);
  }

  /** Save to a folder, all or nothing; a model that is there already is replaced. `loadModel(dir)` reads it back. */
  async save(dir: string): Promise<void> {
    await writeFolder(dir, await this.toFiles());
  }

  /** What `save` writes: file names to contents. @throws ModelError when there are no weights yet */
  async toFiles(): Promise<Record<string, string | Uint8Array>> {
    const { input } = await this.#network(null);
    const { layers, updates } = this;
    return modelToFiles({ layers, input, loss: this.#loss, updates, weights: await this.getWeights() });
  }

  /** A table of the layers, for people. */
  summary(): string {
    const outputs = this.#input ? signatures(this.layers, this.#input) : null;
    return summarise(
      this.layers,
      outputs,
      Object.fromEntries(Object.entries(this.#trained.weights).map(([name, { shape }]) => [name, shape])),
    );
  }

  /** All weights by layer and name: `0.weight`. */
  async getWeights(): Promise<Record<string, Tensor>> {
    const ops = await this.#ops();
    const read = Object.entries(this.#trained.weights).map(
      async ([name, handle]) => [name, new Tensor(await ops.read(handle), handle.shape)] as const,
    );
    return Object.fromEntries(await Promise.all(read));
  }

  /**
   * Put in all weights, for this input and, if predictions need one, this loss.
   * @param trained `updates`: how many updates made the weights, which schedules of rates go on from; 0 when left out
   * @throws ModelError or ShapeError when a weight is missing, unknown, or of another shape
   */
  async setWeights(
    weights: Readonly<Record<string, TensorLike>>,
    trained: { readonly input: Signature; readonly loss?: Loss | null; readonly updates?: number },
  ): Promise<void> {
    this.#expectIdle();
    const { loss, updates = 0 } = optionsOf('setWeights', trained);
    const input = expectSignature('setWeights', trained.input);
    expectWhole('setWeights', 'updates', updates, 0);
    const wanted = this.#eachWeight(input, (layer, from) => layer.weightShapes(from));
    const stray = Object.keys(optionsOf('setWeights', weights)).find((name) => !Object.hasOwn(wanted, name));
    if (stray !== undefined)
      throw new ModelError(`setWeights: ${Object.keys(wanted).join(', ')} were expected, but ${stray} came`);
    const checked: Record<string, Tensor> = {};
    for (const [name, shape] of Object.entries(wanted)) {
      const given = weights[name];
      if (!given)
        throw new ModelError(`setWeights: a weight ${name} of shape [${shape}] was expected, but it is missing`);
      checked[name] = tensor(given);
      expectShape(`setWeights: ${name}`, checked[name], shape, '[rows,columns]');
    }
    await this.#replace(input, checked, updates);
    this.#loss = loss ?? null;
  }

  /** Something of every layer by its input and number, as one record: `0.weight`. */
  #eachWeight<V>(
    input: Signature,
    of: (layer: Layer, input: Signature, index: number) => Readonly<Record<string, V>>,
  ): Record<string, V> {
    const inputs = [input, ...signatures(this.layers, input)];
    return Object.fromEntries(
      this.layers.flatMap((layer, index) =>
        Object.entries(of(layer, inputs[index] as Signature, index)).map(([name, value]) => [
          `${index}.${name}`,
          value,
        ]),
      ),
    );
  }

  async #initialise(input: Signature, key: Key): Promise<void> {
    await this.#replace(
      input,
      this.#eachWeight(input, (layer, from, index) => layer.initialise(from, fold(key, index))),
      0,
    );
  }

  /** @throws ModelError while fit() is at work, which owns the weights until it is done */
  #expectIdle(): void {
    if (this.#fitting) {
      throw new ModelError('model: a model that is not in training was expected, but fit() is at work; wait for it');
    }
  }

  async #replace(input: Signature, weights: Readonly<Record<string, Tensor>>, updates: number): Promise<void> {
    const ops = await this.#ops();
    ops.release(Object.values(this.#trained.weights));
    const uploaded = Object.entries(weights).map(
      ([name, value]) => [name, ops.upload(value.toFlat(), value.shape)] as const,
    );
    this.#trained = { weights: Object.fromEntries(uploaded), updates };
    this.#input = input;
  }

  async #network(loss: Loss | null): Promise<Network> {
    if (!this.#input)
      throw new ModelError(
        'model: trained or loaded weights were expected, but there are none yet; call fit() or loadModel()',
      );
    const { layers, output } = this.#ends(loss, this.#input);
    const ops = await this.#ops();
    const { weights, updates } = this.#trained;
    const progress = { updates, learned: await readLearnedRates(ops, weights) };
    return { ops, layers, weights, progress, input: this.#input, output };
  }

  /** The layers as the loss wants them, and what they hand on. */
  #ends(loss: Loss | null, input: Signature): Pick<Network, 'layers' | 'output'> {
    const layers = loss ? layersFor(loss, this.layers) : this.layers;
    const output = signatures(layers, input).at(-1) as Network['output'];
    if (loss?.link === 'softmax' && output.size < 2) {
      throw new ModelError(
        `${loss.name}: at least 2 units in the last layer were expected, one a class, but it has ${output.size}; use binaryCrossEntropy() for one`,
      );
    }
    return { layers, output };
  }
}
