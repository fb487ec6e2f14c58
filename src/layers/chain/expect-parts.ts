import { isPlain } from '../../checks.ts';
import { ModelError, show } from '../../errors.ts';
import { isKind } from '../signature.ts';

/** A `Layer`, by what is checked of it. */
type AnyLayer = {
  readonly [P in 'outputs' | 'weights' | 'run' | 'carries' | 'steps' | 'crossEntropy' | 'borrows' | 'inputs']?: unknown;
};

/** @throws ModelError unless a layer has what all have */
export function expectParts(type: string, layer: AnyLayer): void {
  for (const name of ['outputs', 'weights', 'run'] as const) {
    if (typeof layer[name] === 'function') continue;
    throw new ModelError(`${type}: a function was expected as ${name} of the layer, but ${show(layer[name])} came`);
  }
  for (const name of ['carries', 'steps', 'crossEntropy'] as const) {
    if (layer[name] === undefined || typeof layer[name] === 'function') continue;
    throw new ModelError(`${type}: a function was expected as ${name}, but ${show(layer[name])} came; or leave it out`);
  }
  const { borrows = {} } = layer;
  if (!isPlain(borrows) || !Object.values(borrows).every((path) => typeof path === 'string')) {
    throw new ModelError(
      `${type}: paths of weights by name, such as { weight: '0.weight' }, were expected as borrows, but ${show(borrows)} came; or leave it out`,
    );
  }
  const inputs: Readonly<Record<string, { readonly kinds: readonly unknown[] }>> = Object(layer.inputs);
  const isKnown = ({ kinds }: { readonly kinds: readonly unknown[] }): boolean =>
    Array.isArray(kinds) && kinds.length > 0 && kinds.every(isKind);
  if (!Object.keys(inputs).length || !Object.values(inputs).every((input) => isKnown(Object(input)))) {
    throw new ModelError(
      `${type}: inputs such as { x: { kinds: ['vector'] } } were expected, but ${show(layer.inputs)} came`,
    );
  }
}
