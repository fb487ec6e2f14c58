import { ModelError, show } from '../../errors.ts';
import type { Handle } from '../../engines/ops.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import { lentOnce } from '../chain/borrowed-weights.ts';
import { type ChainRun, chainSignatures, runChain } from '../run-chain.ts';
import { type Batch, expectLayers, type InputSpec, type Layer, type LayerContext, type StateShape } from '../layer.ts';
import type { Signature, Signatures } from '../signature.ts';
import { byPath, ofLayer, pathOf, specsInside, type WeightSpec } from '../weight-spec.ts';

/**
 * For what is made of layers.
 * @throws ModelError unless they are layers that take x and hand on y
 */
export function expectInner(who: string, layers: readonly Layer[]): void {
  expectLayers(who, layers);
  for (const { inputs, config } of layers) {
    if (Object.keys(inputs).join() === 'x') continue;
    throw new ModelError(
      `${who}: layers with one input x were expected inside, but ${show(config.type)} has ${Object.keys(inputs).join(', ')}`,
    );
  }
}

/** What a chain of layers is as one layer that takes x and hands on y; names are paths. */
export interface ChainParts {
  /** @throws ModelError unless y alone comes out */
  output(x: Signature): Signature;
  weights(x: Signature): Record<string, WeightSpec>;
  /** Whether all of them go on from step to step. */
  readonly isCarrying: boolean;
  carries(x: Signature): Record<string, StateShape>;
  run(context: LayerContext, weights: Readonly<Record<string, Handle>>, x: Batch): ChainRun;
}

export function chainParts(who: string, layers: readonly Layer[]): ChainParts {
  const flowsOf = (x: Signature): readonly Signatures[] => chainSignatures(layers, { x }).inputs;
  return {
    output(x) {
      const { x: y, ...others } = chainSignatures(layers, { x }).end;
      if (y && Object.keys(others).length === 0) return y;
      throw new ModelError(
        `${who}: one output y of the last layer inside was expected, but ${show(layers.at(-1)?.config.type)} has others`,
      );
    },
    weights(x) {
      const flows = flowsOf(x);
      return lentOnce(
        layers,
        layers.map((layer, index) => specsInside(layer.weights(flows[index] as Signatures), index)),
      );
    },
    isCarrying: layers.every(({ carries }) => carries),
    carries(x) {
      const flows = flowsOf(x);
      return byPath(layers.map((layer, index) => layer.carries?.(flows[index] as Signatures) ?? {}));
    },
    run: (context, weights, x) => runChain(context.ops, layers, (index) => contextOf(context, index), weights, { x }),
  };
}

/** What a layer inside is given: what is of it, by its own names. Its masks come from a stream of its own. */
export function contextOf(context: LayerContext, index: number | string): LayerContext {
  const { learned, state, plan } = context;
  return {
    ...context,
    learned: ofLayer(learned, index),
    state: state && ofLayer(state, index),
    plan: (scheme, label, extents) => plan(scheme, pathOf(index, label), extents),
  };
}

/** What stands side by side has the same steps. @throws ModelError for a layer that changed them without saying so by `steps` */
export function expectSameSteps(who: string, one: Batch, other: Batch): void {
  const isSame = one.time === other.time && one.validSteps.every((steps, b) => steps === other.validSteps[b]);
  if (isSame) return;
  throw new ModelError(
    `${who}: as many steps of each sample were expected, but ${show(one.validSteps)} and ${show(other.validSteps)} came; put what changes them outside`,
  );
}

/** What all of the layers ask plans for, and warn of; nothing where none of them does. */
export function innerSchemes(layers: readonly Layer[]): {
  readonly scheme?: readonly SiteRule[];
  warnings(): readonly string[];
} {
  const scheme = layers.flatMap((layer) => layer.scheme ?? []);
  return {
    ...(scheme.length > 0 && { scheme }),
    warnings: () => layers.flatMap((layer) => layer.warnings?.() ?? []),
  };
}

/** What those that x goes into can all take. @throws ModelError where there is nothing */
export function commonInput(who: string, firsts: readonly Layer[]): InputSpec {
  const specs = firsts.map(({ inputs }) => inputs.x as InputSpec);
  const [one] = specs;
  const kinds = (one?.kinds ?? (['vector', 'sequence'] as const)).filter((kind) =>
    specs.every((spec) => spec.kinds.includes(kind)),
  );
  const only = <K extends 'vocabulary' | 'padding'>(name: K): Partial<Pick<InputSpec, K>> => {
    const values = new Set(specs.map((spec) => spec[name]));
    const [value] = values;
    if (values.size <= 1) return value === undefined ? {} : ({ [name]: value } as Pick<InputSpec, K>);
    throw new ModelError(
      `${who}: one ${name} of all branches was expected, but ${show([...values])} came; make them equal`,
    );
  };
  if (kinds.length > 0) return { kinds, ...only('vocabulary'), ...only('padding') };
  throw new ModelError(
    `${who}: branches that take the same input were expected, but ${firsts.map(({ config }) => config.type).join(' and ')} came`,
  );
}
