import { own, type KerasLayer } from './keras-layer.ts';

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
