import { isPlain, readable } from '../../checks.ts';
import { whenCollected } from '../../engines/when-collected.ts';
import { DataError, ModelError, show } from '../../errors.ts';
import type { Signatures } from '../../layers/signature.ts';
import type { TensorLike } from '../../tensor/tensor.ts';
import { CarriedState, carriedShapes, type ModelState, type ModelStateLike } from '../carried-state.ts';
import { uploadInputs } from '../examples/batch.ts';
import { isUnnamed } from '../examples/by-name.ts';
import { type InputsByName, type InputsLike, readInputs } from '../examples/examples.ts';
import type { Loss } from '../losses/loss.ts';
import { type Architecture, type Network, networkOf } from '../model/network.ts';
import type { WeightsLease } from '../model/session.ts';
import { expecting, runLayers } from '../pass.ts';
import { readByHead, unnamed } from './read-predictions.ts';

/**
 * A trained model that is given a sequence step by step: see `Model.stream`. It keeps the weights that the model had when
 * it was made, and its share of the engine, until `dispose`.
 * @example
 * ```ts
 * import { dense, key, lstm, sequential } from 'keepgate';
 *
 * const model = sequential([lstm({ units: 4, returnSequences: true }), dense({ units: 1 })]);
 * await model.build({ kind: 'sequence', size: 2 }, key(1));
 * const [whole] = await model.predict<number[][][]>([[[1, 0], [0, 1]]]);
 * const stream = await model.stream();
 * await stream.step([1, 0]);
 * console.log((await stream.step([0, 1]))[0] === whole?.[1]?.[0]); // prints: true
 * console.log(Object.keys(stream.state())); // prints: [ '0.h', '0.c' ]
 * await stream.dispose();
 * await model.dispose();
 * ```
 */
export class ModelStream {
  readonly #network: Network;
  readonly #loss: Loss | null;
  readonly #release: () => Promise<void>;
  readonly #unwatch: () => void;
  #carried: CarriedState;
  #state: 'ready' | 'in a step' | 'disposed' = 'ready';

  private constructor(network: Network, loss: Loss | null, carried: CarriedState, release: () => Promise<void>) {
    this.#network = network;
    this.#loss = loss;
    this.#carried = carried;
    this.#release = release;
    this.#unwatch = whenCollected(this, release);
  }

  /**
   * @param held the weights that it keeps, and lets go of
   * @internal models make streams
   */
  static async open(architecture: Architecture, held: WeightsLease, loss: Loss | null): Promise<ModelStream> {
    try {
      const carried = new CarriedState('stream', carriedShapes('stream', architecture), 1);
      return new ModelStream(await networkOf(architecture, held), loss, carried, held.release);
    } catch (error) {
      await held.release();
      throw error;
    }
  }

  /**
   * The prediction [units] at the next step of the sequence; of several outputs by name.
   * @param x a token id, or the numbers of the step; of several inputs by name
   * @throws DataError or ShapeError for what is no step: the stream is then as before
   * @throws ModelError while another step is under way, and after `dispose`
   */
  async step<P extends number[] | Readonly<Record<string, number[]>> = number[]>(
    x: TensorLike | InputsByName,
  ): Promise<P> {
    this.#expectReady('step()');
    const { ops, layers, weights, progress, inputs, outputs } = this.#network;
    const samples = readInputs('step', oneStep(inputs, x), undefined, this.#network);
    if (samples.steps[0] === 0) {
      throw new DataError(`step: a token was expected, but ${show(x)} came, which is padding; leave such steps out`);
    }
    this.#state = 'in a step';
    const scope = ops.openScope();
    try {
      const { handed, state } = scope.run(() => {
        const before = this.#carried.upload(ops, ONE);
        const batch = uploadInputs(ops, inputs, samples);
        const pass = runLayers(ops, layers, weights, batch, expecting, { progress, state: before });
        return { handed: pass.outputs, state: pass.state(this.#carried.shapes) };
      });
      const predicted = Object.entries(await readByHead(ops, outputs, handed, this.#loss));
      await this.#carried.take(ops, ONE, state);
      const now = predicted.map(([name, [prediction]]) => {
        return [name, outputs[name]?.over === 'time' ? (prediction as number[][])[0] : prediction] as const;
      });
      return unnamed(Object.fromEntries(now)) as P;
    } finally {
      scope.dispose();
      if (this.#state === 'in a step') this.#state = 'ready';
    }
  }

  /**
   * Begin another sequence.
   * @param state to go on from, as `state()` or `predict` with `returnState` gave it for one sample; zeros when left out
   * @throws ShapeError or DataError for a state of another model: the stream is then as before
   */
  reset(state?: ModelStateLike): void {
    this.#expectReady('reset()');
    this.#carried = new CarriedState('reset', this.#carried.shapes, 1, state);
  }

  /** What the layers carry after the last step, for one sample: a copy. */
  state(): ModelState {
    this.#expectReady('state()');
    return this.#carried.tensors();
  }

  /** Let go of the weights and the engine. */
  async dispose(): Promise<void> {
    this.#state = 'disposed';
    this.#unwatch();
    await this.#release();
  }

  #expectReady(what: string): void {
    if (this.#state === 'ready') return;
    throw new ModelError(
      this.#state === 'disposed'
        ? `stream: one that is not disposed of was expected at ${what}, but this one was; make another with model.stream()`
        : `stream: ${what} was expected after the step before, but that is under way; await it first`,
    );
  }
}

const ONE: readonly number[] = [0];

/** One sample of a single step. */
function oneStep(inputs: Signatures, x: TensorLike | InputsByName): InputsLike {
  if (isUnnamed(Object.keys(inputs)) || !isPlain(x)) return [[x]] as InputsLike;
  const entries = readable('step', () => Object.entries(x));
  const steps = entries.map(([name, now]) => [name, inputs[name]?.over === 'batch' ? now : [now]] as const);
  return [Object.fromEntries(steps)] as InputsLike;
}
