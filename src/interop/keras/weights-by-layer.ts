/** Which tensors of a file are the weights of which layer, in which order. */
import { isPlain } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import type { TensorFile } from '../format.ts';
import type { KerasLayer, KerasWeights } from './config/keras-layer.ts';

/** Where Keras 3, and tf.keras 2.12 and 2.13, keep the layers of a model. */
const LAYERS = /^(layers|_layer_checkpoint_dependencies)\//;

/** Random numbers that drop, and no weights. */
const SEEDS = /(^|\/)(seed_generator|random_generator)\//;

/** Finds the weights of a layer. @throws DataError when the file is asked for layers that it has not */
export type FindWeights = (layer: KerasLayer) => KerasWeights;

/** The groups of layers in a Keras 3 file, in the order of the file's names, with the names of their tensors. */
export function layerGroups(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const [folder] = LAYERS.exec(name) ?? [];
    if (folder === undefined || SEEDS.test(name)) continue;
    const [group = ''] = name.slice(folder.length).split('/');
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  for (const [group, found] of groups) groups.set(group, found.toSorted(inOrder));
  return groups;
}

/** Forward before backward, and 2 before 10. */
function inOrder(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.split('/')) as [string[], string[]];
  const i = left.findIndex((part, k) => part !== right[k]);
  const [one = '', other = ''] = [left[i], right[i]];
  if (/^\d+$/.test(one) && /^\d+$/.test(other)) return Number(one) - Number(other);
  // forward_layer before backward_layer.
  return one.startsWith('forward') === other.startsWith('forward')
    ? one < other
      ? -1
      : 1
    : one.startsWith('forward')
      ? -1
      : 1;
}

/** The weights of layers by their class and how many of it came before: so Keras 3 names them, whatever their own names are. */
export function weightsByClass(file: TensorFile, layers: readonly KerasLayer[]): FindWeights {
  const groups = layerGroups([...Object.keys(file.tensors), ...Object.keys(file.refused)]);
  const counts = new Map<string, number>();
  const found = new Map<KerasLayer, KerasWeights>();
  for (const layer of layers) {
    const base = snakeCase(layer.className);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    found.set(layer, weightsNamed(file, groups.get(count === 0 ? base : `${base}_${count}`) ?? []));
  }
  return (layer) => found.get(layer) ?? NONE;
}

/** The weights of layers by their names, as a legacy file lists them. */
export function weightsByName(file: TensorFile, lists: unknown): FindWeights {
  return ({ name }) => {
    const names = isPlain(lists) && Object.hasOwn(lists, name) ? lists[name] : [];
    return weightsNamed(file, Array.isArray(names) ? names.map(String) : []);
  };
}

const NONE: KerasWeights = { names: [], tensors: [] };

export function weightsNamed({ tensors, refused }: TensorFile, names: readonly string[]): KerasWeights {
  const missing = names.find((name) => !Object.hasOwn(tensors, name) && !Object.hasOwn(refused, name));
  if (missing !== undefined) {
    throw new DataError(
      `keras: a tensor ${show(missing)} was expected, which the file lists, but none came; save the model again`,
    );
  }
  const why = names.find((name) => Object.hasOwn(refused, name));
  return {
    names,
    tensors: names.map((name) => (Object.hasOwn(tensors, name) ? tensors[name] : undefined)),
    ...(why === undefined ? {} : { refused: refused[why] as string }),
  };
}

/** As Keras makes names of classes: `SimpleRNN` is simple_rnn (`keras/src/utils/naming.py`). */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
