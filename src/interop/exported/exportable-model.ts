import { partsOf, readable } from '../../checks.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { Recurrent } from '../../layers/recurrent/recurrent.ts';
import type { Signature } from '../../layers/signature.ts';
import { Tensor } from '../../tensor/tensor.ts';

/** A model with weights, such as `sequential` gives. */
export interface ExportableModel {
  readonly layers: readonly Layer[];
  /** All weights by path: `0.weight`. */
  getWeights(): Promise<Readonly<Record<string, Tensor>>>;
  /** What goes in: for ONNX. */
  readonly input?: Signature | null;
  /** What it was trained for, whose link is the last function of an ONNX graph, as it is of `predict`. */
  readonly loss?: { readonly link: 'linear' | 'sigmoid' | 'softmax' } | null;
  /** How many updates made the weights; 0 when left out. */
  readonly updates?: number;
}

/** What is written of a layer. */
export type ExportedLayer = Pick<Layer, 'config' | 'scheme' | 'borrows'> & {
  /** Whether it came as frozen(layer). */
  readonly isFrozen?: boolean;
};

/** A model as it is exported. */
export interface ExportedModel extends Required<Omit<ExportableModel, 'layers' | 'getWeights'>> {
  /** Of frozen(layer), whose weights have the names of the layer: that layer. */
  readonly layers: readonly ExportedLayer[];
  /** By path. */
  readonly weights: readonly (readonly [path: string, Tensor])[];
}

/** @throws OptionError for what is no model, ModelError for one that was not built */
export async function exportedModel(value: ExportableModel): Promise<ExportedModel> {
  const { getWeights, ...described } = exportedLayers(value);
  const own = await getWeights.call(value);
  // Other programs tie weights in their own ways, if at all: there the layer has equal numbers.
  const lent = described.layers.flatMap(({ borrows = {} }, i) =>
    Object.entries(borrows).map(([name, path]) => [`${i}.${name}`, own[path] as Tensor] as const),
  );
  const weights = [...Object.entries(own), ...lent];
  // Layers may have no weights at all, and a model that was built knows what goes in.
  if (weights.length === 0 && !described.input)
    throw new ModelError('exportModel: weights were expected, but there are none yet; call fit() or build()');
  return { ...described, weights };
}

/** The same without the weights, which are not read. @throws OptionError for what is no model */
export function exportedLayers(
  value: ExportableModel,
): Omit<ExportedModel, 'weights'> & Pick<ExportableModel, 'getWeights'> {
  const { layers, getWeights, input, loss, updates } = partsOf<ExportableModel>(
    'exportModel',
    value,
    'layers',
    'getWeights',
    'input',
    'loss',
    'updates',
  );
  if (!Array.isArray(layers) || typeof getWeights !== 'function') {
    throw new OptionError(`exportModel: a model, or what recurrent() gives, was expected, but ${show(value)} came`);
  }
  const unfrozen = readable('exportModel', () =>
    layers.map(({ config, scheme, borrows }) => ({
      config: inside(config),
      scheme,
      borrows,
      isFrozen: config.type === 'frozen',
    })),
  );
  return { layers: unfrozen, getWeights, input: input ?? null, loss: loss ?? null, updates: updates ?? 0 };
}

/** What is written twice. @throws OptionError for what is no model */
export function tiedNotes(value: ExportableModel | Recurrent): string[] {
  if (value instanceof Recurrent) return [];
  return exportedLayers(value).layers.flatMap(({ config, borrows = {} }, i) =>
    Object.entries(borrows).map(
      ([name, path]) =>
        `layer ${i} (${String(config.type)}): its ${name} is ${path} here, and has equal numbers of its own in the file: who trains it on has to tie them`,
    ),
  );
}

function inside(config: Layer['config']): Layer['config'] {
  return config.type === 'frozen' ? inside(config.layer as Layer['config']) : config;
}

/** The weights of a recurrent layer: with one lane `_l0` is left out there, and not in PyTorch. */
export function weightsOfLayer(layer: Recurrent): (readonly [string, Tensor])[] {
  const weights = Object.entries(layer.getWeights());
  return weights.map(([name, tensor]) => [/_l\d/.test(name) ? name : `${name}_l0`, tensor] as const);
}

/** The same numbers of float32, where it holds each of them. */
export function narrowed(weights: readonly (readonly [string, Tensor])[]): (readonly [string, Tensor])[] {
  const flat = weights.map(([name, tensor]) => [name, tensor.toFlat(), tensor.shape] as const);
  const isNarrow = flat.every(([, data]) =>
    data.every((value) => Object.is(Math.fround(value), value) || Number.isNaN(value)),
  );
  return flat.map(
    ([name, data, shape]) => [name, new Tensor(isNarrow ? Float32Array.from(data) : data, shape)] as const,
  );
}
