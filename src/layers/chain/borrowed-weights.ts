import type { Handle, Ops } from '../../engines/ops.ts';
import { ModelError, show } from '../../errors.ts';
import { sumOf } from '../../sequence/arithmetic.ts';
import type { Layer } from '../layer.ts';
import { byPath, ofLayer, pathOf, type WeightSpec } from '../weight-spec.ts';

type Handles = Readonly<Record<string, Handle>>;

/** Those of a layer that it does not borrow, by its own names. */
export function withoutBorrowed<V>({ borrows = {} }: Layer, weights: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => !Object.hasOwn(borrows, name)));
}

/**
 * The weights of layers that stand in one list, by path: each once, whoever borrows it.
 * @param specs what each layer says of its weights, borrowed ones too
 * @throws ModelError where the weight that is borrowed is none, or has another shape
 */
export function lentOnce(
  layers: readonly Layer[],
  specs: readonly Readonly<Record<string, WeightSpec>>[],
): Record<string, WeightSpec> {
  const all = byPath(layers.map((layer, index) => withoutBorrowed(layer, specs[index] ?? {})));
  for (const [index, { config, borrows = {} }] of layers.entries()) {
    for (const [name, path] of Object.entries(borrows)) {
      const wanted = specs[index]?.[name]?.shape;
      const lender = Object.hasOwn(all, path) ? all[path] : undefined;
      if (lender?.shape.join() === wanted?.join()) continue;
      throw new ModelError(
        `${config.type}: a weight of shape [${wanted}] was expected at ${show(path)}, to be the ${name} of layer ${index}, but ${
          lender
            ? `one of shape [${lender.shape}] came; make sizes equal`
            : `there is none; name one of ${Object.keys(all).join(', ')}`
        }`,
      );
    }
  }
  return all;
}

/** What a layer runs with, by its own names: its weights, and those that it borrows. @param weights of all layers of the list */
export function weightsOf({ borrows = {} }: Layer, index: number, weights: Handles): Record<string, Handle> {
  const lent = Object.entries(borrows).map(([name, path]) => [name, weights[path] as Handle] as const);
  return { ...ofLayer(weights, index), ...Object.fromEntries(lent) };
}

/**
 * The gradients of all layers by path: of a borrowed weight the sum of those that its own layer and the others gave. Where its own
 * layer moves it not, as in `frozen`, it stays.
 * @param found by the layers' own names; of a layer that nobody could give a gradient to, nothing
 */
export function gradientsByPath(
  ops: Ops,
  layers: readonly Layer[],
  found: readonly Readonly<Record<string, Handle | undefined>>[],
): Record<string, Handle> {
  const all: Record<string, Handle> = {};
  for (const [index, grads] of found.entries()) {
    for (const [name, grad] of Object.entries(withoutBorrowed(layers[index] as Layer, grads)))
      if (grad) all[pathOf(index, name)] = grad;
  }
  for (const [index, { borrows = {} }] of layers.entries()) {
    for (const [name, path] of Object.entries(borrows)) {
      const [grad, before] = [found[index]?.[name], all[path]];
      if (grad && before) all[path] = sumOf(ops, before, grad);
    }
  }
  return all;
}
