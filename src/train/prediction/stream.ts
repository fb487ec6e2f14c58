import { whenCollected } from '../../engines/when-collected.ts';
import { DataError, ModelError, show } from '../../errors.ts';
import type { TensorLike } from '../../tensor/tensor.ts';
import { CarriedState, carriedShapes, type ModelState, type ModelStateLike } from '../carried-state.ts';
import { uploadBatch } from '../examples/batch.ts';
import { readSamples, type Sample } from '../examples/samples.ts';
import type { Loss } from '../losses/loss.ts';
import { type Architecture, type Network, networkOf } from '../model/network.ts';
import type { WeightsLease } from '../model/session.ts';
import { expecting, runLayers } from '../pass.ts';
import { readPredictions } from './read-predictions.ts';

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
  readonly #link: Loss['link'];
  readonly #release: () => Promise<void>;
  readonly #unwatch: () => void;
  #carried: CarriedState;
  #state: 'ready' | 'in a step' | 'disposed' = 'ready';

  private constructor(network: Network, link: Loss['link'], carried: CarriedState, release: () => Promise<void>) {
    this.#network = network;
    this.#link = link;
    this.#carried = carried;
    this.#release = release;
    this.#unwatch = whenCollected(this, release);
  }

  /**
   * @param held the weights that it keeps, and lets go of
   * @internal models make streams
   */
  static async open(architecture: Architecture, held: WeightsLease, link: Loss['link']): Promise<ModelStream> {
    try {
      const carried = new CarriedState('stream', carriedShapes('stream', architecture), 1);
      return new ModelStream(await networkOf(architecture, held), link, carried, held.release);
    } catch (error) {
      await held.release();
      throw error;
    }
  }

  /**
   * The prediction [units] at the next step of the sequence.
   * @param x a token id, or the numbers of the step
   * @throws DataError or ShapeError for what is no step: the stream is then as before
   * @throws ModelError while another step is under way, and after `dispose`
   */
  async step(x: TensorLike): Promise<number[]> {
    this.#expectReady('step()');
    const { ops, layers, weights, progress, input, output } = this.#network;
    const [sample] = readSamples('step', [[x] as readonly TensorLike[]], undefined, this.#network) as [Sample];
    if (sample.steps === 0) {
      throw new DataError(`step: a token was expected, but ${show(x)} came, which is padding; leave such steps out`);
    }
    this.#state = 'in a step';
    const scope = ops.openScope();
    try {
      const { y, state } = scope.run(() => {
        const before = this.#carried.upload(ops, ONE);
        const pass = runLayers(ops, layers, weights, uploadBatch(ops, input, [sample]), expecting, {
          progress,
          state: before,
        });
        return { y: pass.y, state: pass.state(this.#carried.shapes) };
      });
      const [prediction] = await readPredictions(ops, output, y, this.#link);
      await this.#carried.take(ops, ONE, state);
      return (output.over === 'time' ? (prediction as number[][])[0] : prediction) as number[];
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
