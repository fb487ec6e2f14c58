/** keepgate's recurrent layers as a layer of TensorFlow.js: values and gradients are keepgate's, and so is what is dropped. */
import * as tf from '@tensorflow/tfjs';
import {
  bidirectional,
  fold,
  gru,
  type Handle,
  type Key,
  key,
  type Layer,
  type LayerRun,
  lstm,
  mean,
  rnn,
  type SchemeLike,
  sample,
} from 'keepgate';
import { TfjsEngine, tensorOf } from './tfjs-engine.ts';

/** What the layer is made of. All of it is saved with a model, as JSON. */
export interface KeepgateLayerOptions {
  readonly cell: 'lstm' | 'gru' | 'rnn';
  /** H */
  readonly units: number;
  /** What is dropped in training: one scheme, or several to be concatenated. */
  readonly dropout?: SchemeLike;
  /** How many stand on top of each other; 1 when left out. */
  readonly layers?: number;
  /** Both directions, joined: 2H wide. */
  readonly bidirectional?: boolean;
  /** Hand on every step [B,T,H], rather than the last [B,H] (the default). */
  readonly returnSequences?: boolean;
  /** A whole number that fresh weights and all masks are drawn from; 0 when left out. */
  readonly seed?: number;
}

/** What TensorFlow.js makes a layer of: its own arguments, and ours; as text where they come from a saved model. */
interface KeepgateLayerArgs {
  readonly name?: string;
  /** [T,I], of the first layer of a model; null for a T of any length. */
  readonly inputShape?: tf.Shape;
  readonly options: KeepgateLayerOptions | string;
}

/**
 * A layer for `tf.sequential` and `tf.model`: [B,T,I] to [B,H], or to [B,T,H]. Each training batch draws masks of its own,
 * once for all of its steps where the scheme says so; evaluation and prediction draw none. Its weights have keepgate's
 * names and layouts.
 */
export class KeepgateLayer extends tf.layers.Layer {
  /** The name in saved models. */
  static readonly className: string = 'KeepgateLayer';
  readonly #options: KeepgateLayerOptions;
  readonly #layer: Layer;
  /** How many training batches were run: each has a key of its own. */
  #batches = 0;
  #names: readonly string[] = [];

  constructor({ options, ...args }: KeepgateLayerArgs) {
    super(args);
    this.#options = typeof options === 'string' ? JSON.parse(options) : options;
    this.#layer = layerOf(this.#options);
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const specs = this.#layer.weights(signatureOf(inputShape));
    this.#names = Object.keys(specs);
    for (const [name, spec] of Object.entries(specs)) {
      const fresh = (): tf.Tensor => tf.tensor(Float32Array.from(spec.init(this.#key).toFlat()), [...spec.shape]);
      // All that TensorFlow.js asks of an initializer.
      this.addWeight(name, [...spec.shape], 'float32', { apply: fresh } as never);
    }
    this.built = true;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch = null, time = null] = inputShape as tf.Shape;
    const { returnSequences = false, units, bidirectional = false } = this.#options;
    const width = bidirectional ? 2 * units : units;
    return returnSequences ? [batch, time, width] : [batch, width];
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    { training = false }: { readonly training?: boolean } = {},
  ): tf.Tensor {
    const batchKey = training ? maskKey(this.#key, this.#batches++) : null;
    const { returnSequences = false } = this.#options;
    const run = tf.customGrad((...given) => {
      const save = given.pop() as unknown as tf.GradSaveFunc;
      const [x, ...weights] = given as tf.Tensor[] as [tf.Tensor, ...tf.Tensor[]];
      const ops = new TfjsEngine();
      const { outputs, backward } = this.#run(ops, x, weights, batchKey);
      const y = tensorOf((outputs.y as { readonly values: Handle }).values);
      // What is not saved is freed when the function ends; the backend keeps one copy of both.
      const made = [...ops.handles];
      save(made.map(({ tensor }) => tensor));
      return {
        value: returnSequences ? swapFirstAxes(y) : y,
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          for (const [i, handle] of made.entries()) handle.tensor = saved[i] as tf.Tensor;
          const grads = backward({ y: ops.of(returnSequences ? swapFirstAxes(dy) : dy) });
          const dx = tensorOf((grads.inputs.x as () => Handle)());
          return [swapFirstAxes(dx), ...this.#names.map((name) => tensorOf(grads.weights[name] as Handle))];
        },
      };
    });
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    return run(x as tf.Tensor, ...this.weights.map((weight) => weight.read()));
  }

  #run(ops: TfjsEngine, x: tf.Tensor, weights: readonly tf.Tensor[], batchKey: Key | null): LayerRun {
    const [batch, time] = x.shape as [number, number, number];
    return this.#layer.run(
      {
        ops: ops as never,
        training: batchKey !== null,
        learned: {},
        plan: (scheme, label, extents) => (batchKey ? sample(scheme, fold(batchKey, label), extents) : mean(scheme)),
      },
      Object.fromEntries(this.#names.map((name, i) => [name, ops.of(weights[i] as tf.Tensor)])),
      {
        x: {
          values: ops.of(swapFirstAxes(x)),
          batch,
          time,
          lengths: null,
          validSteps: new Int32Array(batch).fill(time),
        },
      },
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    // One text: TensorFlow.js renames the keys of what is in a config.
    const config = super.getConfig();
    config.options = JSON.stringify(this.#options);
    return config;
  }

  get #key(): Key {
    return key(this.#options.seed ?? 0);
  }
}

tf.serialization.registerClass(KeepgateLayer);

/** The layer of these options; the first one of a model is told its `inputShape`. */
export function keepgateLayer(
  options: KeepgateLayerOptions,
  args: Omit<KeepgateLayerArgs, 'options'> = {},
): KeepgateLayer {
  return new KeepgateLayer(Object.assign({ options }, args));
}

/** The key of a training batch: each layer in each direction folds its name into it, such as '_l0_reverse'. */
export function maskKey(layerKey: Key, batch: number): Key {
  return fold(fold(layerKey, 'masks'), batch);
}

function layerOf({
  cell,
  units,
  dropout = [],
  layers = 1,
  returnSequences = false,
  ...rest
}: KeepgateLayerOptions): Layer {
  const made = { lstm, gru, rnn }[cell]({ units, dropout, layers, returnSequences });
  return rest.bidirectional ? bidirectional(made) : made;
}

function signatureOf(inputShape: tf.Shape | tf.Shape[]): Parameters<Layer['weights']>[0] {
  return { x: { over: 'time', dtype: 'numbers', shape: [(inputShape as tf.Shape).at(-1) as number] } };
}

/** [B,T,N] from [T,B,N], and back. */
function swapFirstAxes(x: tf.Tensor): tf.Tensor {
  return tf.transpose(x, [1, 0, 2]);
}
