import type { Shape } from '../engines/ops.ts';
import type { Key } from '../random/key.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What a weight is, before it is made. */
export interface WeightSpec {
  readonly shape: Shape;
  /** Fresh values, of this shape. @param key the layer's: the same for all of its weights */
  init(key: Key): Tensor;
  /**
   * 'trained': gradients move it. 'rateLogit': so they do, and it is the logit of a dropout rate. 'statistic': training
   * replaces it by what a run finds, such as a running mean.
   */
  readonly role: 'trained' | 'statistic' | 'rateLogit';
  /** Whether weight decay pulls it towards 0. */
  readonly decays: boolean;
}

/** A weight that gradients move, and that decays. */
export function trained(shape: Shape, init: WeightSpec['init']): WeightSpec {
  return { shape, init, role: 'trained', decays: true };
}

/** The name of something of a layer among those of all layers: `0.weight`. Layers inside of layers make longer paths. */
export function pathOf(layer: number | string, name: string): string {
  return `${layer}.${name}`;
}

/** What belongs to one layer, by the names that the layer knows. */
export function ofLayer<V>(values: Readonly<Record<string, V>>, layer: number | string): Record<string, V> {
  const prefix = pathOf(layer, '');
  const found = Object.entries(values).filter(([path]) => path.startsWith(prefix));
  return Object.fromEntries(found.map(([path, value]) => [path.slice(prefix.length), value]));
}

/** What layers have by their own names, in one record by path. */
export function byPath<V>(layers: readonly Readonly<Record<string, V>>[]): Record<string, V> {
  return Object.fromEntries(
    layers.flatMap((ofOne, index) => Object.entries(ofOne).map(([name, value]) => [pathOf(index, name), value])),
  );
}
