import { partsOf } from '../../checks.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import type { Recurrent } from '../../layers/recurrent/recurrent.ts';
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

/** A model as it is exported. @throws OptionError for what is none */
export function expectModel(value: ExportableModel): Required<ExportableModel> {
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
  return {
    layers,
    getWeights: () => getWeights.call(value),
    input: input ?? null,
    loss: loss ?? null,
    updates: updates ?? 0,
  };
}

/** The weights of a recurrent layer: with one lane `_l0` is left out there, and not in PyTorch. */
export function weightsOfLayer(layer: Recurrent): (readonly [string, Tensor])[] {
  const weights = Object.entries(layer.getWeights());
  return weights.map(([name, tensor]) => [/_l\d/.test(name) ? name : `${name}_l0`, tensor] as const);
}

/** The same numbers of float32, where it holds each of them. @throws ModelError where there are none */
export function narrowed(weights: readonly (readonly [string, Tensor])[]): (readonly [string, Tensor])[] {
  if (weights.length === 0)
    throw new ModelError('exportModel: weights were expected, but there are none yet; call fit() or build()');
  const flat = weights.map(([name, tensor]) => [name, tensor.toFlat(), tensor.shape] as const);
  const isNarrow = flat.every(([, data]) =>
    data.every((value) => Object.is(Math.fround(value), value) || Number.isNaN(value)),
  );
  return flat.map(
    ([name, data, shape]) => [name, new Tensor(isNarrow ? Float32Array.from(data) : data, shape)] as const,
  );
}
