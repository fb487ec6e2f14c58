/** The layers that a Keras config names, of `config.json`, of `model_config`, or of a model.json of TensorFlow.js. */
import { isPlain } from '../../../checks.ts';
import { DataError, show } from '../../../errors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

/** A layer of a config. What is read of it are its own properties alone. */
export interface KerasLayer {
  /** `LSTM`, `Bidirectional`, ... */
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Where its class is, if it is none of Keras' own. */
  readonly custom?: string;
}

/** The weights of a layer, in the order that Keras gives them: kernel, recurrent_kernel, bias; forward, then backward. */
export interface KerasWeights {
  /** Their names in the file. */
  readonly names: readonly string[];
  /** By the same places; undefined for one that cannot be had. */
  readonly tensors: readonly (Tensor | undefined)[];
  /** Why one of them cannot be had. */
  readonly refused?: string;
}

/** A model of a config: its layers in the order in which they stand there, and as a chain if they are one. */
export interface KerasConfig {
  readonly layers: readonly KerasLayer[];
  /** The same in the order in which they run; or what keeps them from being a chain, and where. */
  readonly chain: readonly KerasLayer[] | { readonly name: string; readonly reason: string };
}

/** Own modules: `keras.layers`, `keras.src.models.functional`, `tensorflow.python.keras...`. */
const OWN_MODULE = /^(keras|tf_keras|tensorflow(\.python)?\.keras)(\.|$)/;

/** An own property of what may be anything. */
export function own(value: unknown, name: string): unknown {
  return isPlain(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** @throws DataError unless it has a class and a config; `who` is whose it is */
export function kerasLayer(who: string, value: unknown): KerasLayer {
  const [className, config] = [own(value, 'class_name'), own(value, 'config')];
  if (typeof className !== 'string' || !isPlain(config)) {
    throw new DataError(
      `${who}: a layer with class_name and config was expected, but ${show(value)} came; save the model again`,
    );
  }
  const given = own(config, 'name') ?? own(value, 'name');
  const [module, registered] = [own(value, 'module'), own(value, 'registered_name')];
  // tf.keras writes classes of others as `Package>Class`, Keras 3 with their module.
  const isOwn =
    module === undefined || module === null
      ? !className.includes('>') && !String(registered ?? '').includes('>')
      : OWN_MODULE.test(String(module));
  const custom = isOwn ? undefined : String(registered ?? module ?? className);
  return {
    className,
    name: typeof given === 'string' ? given : '',
    config,
    ...(custom === undefined ? {} : { custom }),
  };
}

/** What a config says of a layer's training. */
export interface Training {
  /** Whether its weights stay as they are. */
  readonly frozen: boolean;
  /** What is left out here, a line each. */
  readonly notes: readonly string[];
}

/** Settings that act in training alone, and that no layer here has. */
const LEFT_OUT = /^(activity_regularizer|\w+_(regularizer|constraint))$/;

/** Of a layer, and of those that it wraps: `Bidirectional`, `TimeDistributed`, `RNN`. */
export function trainingOf({ config }: Pick<KerasLayer, 'config'>): Training {
  const inner = ['layer', 'backward_layer', 'cell']
    .map((name) => own(own(config, name), 'config'))
    .filter((value) => value !== undefined)
    .map((value) => ({ config: Object(value) as KerasLayer['config'], ...trainingOf({ config: Object(value) }) }));
  const frozen = own(config, 'trainable') === false || (inner.length > 0 && inner.every((one) => one.frozen));
  const names = Object.keys(config).filter((name) => LEFT_OUT.test(name) && (own(config, name) ?? null) !== null);
  const left =
    names.length > 0 ? [`training goes on without what is no part of a layer here: ${names.join(', ')}`] : [];
  const half = !frozen && inner.some((one) => one.frozen);
  return {
    frozen,
    notes: [
      ...new Set([
        ...left,
        ...inner.flatMap(({ notes }) => notes),
        ...(half ? ['one of its directions was not trained there: here both are'] : []),
      ]),
    ],
  };
}
