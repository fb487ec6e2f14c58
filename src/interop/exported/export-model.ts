import type { Cell } from '../../cells/cell.ts';
import { type CellName, type CellOptions, cellOf } from '../../cells/cells.ts';
import { expectOneOf, partsOf, readable } from '../../checks.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { Recurrent } from '../../layers/recurrent/recurrent.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { writeStateDict } from '../pytorch/write-pytorch.ts';
import { writeSafetensors } from '../safetensors/safetensors.ts';

/** What is written. */
export type ExportFormat = 'safetensors' | 'pt';

/** A model with weights, such as `sequential` gives. */
export interface ExportableModel {
  readonly layers: readonly Layer[];
  /** All weights by path: `0.weight`. */
  getWeights(): Promise<Readonly<Record<string, Tensor>>>;
}

/** Layers whose weights have PyTorch's names and layouts, or that have none. */
const SAME_IN_PYTORCH = new Set(['embedding', 'dense', 'lstm', 'gru', 'rnn', 'bidirectional', 'dropout', 'pooling']);

/** The weights of a layer that PyTorch has as well; learned dropout rates are none of them. */
const WEIGHT = /(^|\.)(weight|bias)(_(ih|hh)_l\d+(_reverse)?)?$/;

/**
 * The weights of a model or of a recurrent layer as a file of another program, by its name. With PyTorch's names: those of a
 * nn.Sequential of the same layers, or of nn.LSTM, GRU or RNN; weights do not tell an RNN of relu from one of tanh. Numbers are of float32 where it holds all of them exactly, else of float64.
 * @throws ModelError when there are no weights, or a layer is none of PyTorch's: a GRU that resets before the product, or a cell or a layer of your own
 * @throws OptionError for a format that is not written, or what is no model
 * @example
 * ```ts
 * import { recurrent } from 'keepgate';
 * import { exportModel, importLayers } from 'keepgate/interop';
 *
 * const layer = recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 3 });
 * const files = await exportModel(layer, 'pt');
 * const [again] = await importLayers(files['model.pt'] ?? new Uint8Array());
 * console.log(again?.kind, again?.facts); // prints: recurrent {
 * // prints:   cell: 'gru',
 * // prints:   resetAfter: true,
 * // prints:   activation: 'tanh',
 * // prints:   recurrentActivation: 'sigmoid',
 * // prints:   inputSize: 2,
 * // prints:   hiddenSize: 3,
 * // prints:   layers: 1,
 * // prints:   bidirectional: false,
 * // prints:   bias: true
 * // prints: }
 * ```
 */
export async function exportModel(
  modelOrLayer: ExportableModel | Recurrent,
  format: ExportFormat,
): Promise<Record<string, Uint8Array>> {
  expectOneOf('exportModel', 'format', format, ['safetensors', 'pt']);
  const weights = await weightsOf(modelOrLayer);
  if (weights.length === 0)
    throw new ModelError('exportModel: weights were expected, but there are none yet; call fit() or build()');
  const tensors = narrowed(weights);
  return format === 'pt'
    ? { 'model.pt': writeStateDict(tensors) }
    : { 'model.safetensors': writeSafetensors(Object.fromEntries(tensors)) };
}

async function weightsOf(value: ExportableModel | Recurrent): Promise<(readonly [string, Tensor])[]> {
  if (value instanceof Recurrent) {
    expectTorchCell('the layer', value.config);
    const weights = Object.entries(value.getWeights());
    // With one lane `_l0` is left out here, and not in PyTorch.
    return weights.map(([name, tensor]) => [/_l\d/.test(name) ? name : `${name}_l0`, tensor] as const);
  }
  const { layers, getWeights } = partsOf<ExportableModel>('exportModel', value, 'layers', 'getWeights');
  if (!Array.isArray(layers) || typeof getWeights !== 'function') {
    throw new OptionError(`exportModel: a model, or what recurrent() gives, was expected, but ${show(value)} came`);
  }
  readable('exportModel', () => layers.map((layer: Layer, i) => expectTorchLayer(i, layer.config)));
  return Object.entries(await getWeights.call(value)).filter(([name]) => WEIGHT.test(name));
}

/** @throws ModelError for a layer that PyTorch has not */
function expectTorchLayer(i: number, config: Layer['config']): void {
  const who = `layer ${i} (${String(config.type)})`;
  if (!SAME_IN_PYTORCH.has(config.type)) {
    throw new ModelError(`exportModel: layers that PyTorch has were expected, but ${who} came; save the model`);
  }
  const inside: Layer['config'] = config.type === 'bidirectional' ? Object(config.layer) : config;
  if (['lstm', 'gru', 'rnn'].includes(inside.type)) expectTorchCell(who, { cell: inside.type as CellName, ...inside });
}

function expectTorchCell(who: string, { cell, ...options }: { readonly cell: CellName | Cell } & CellOptions): void {
  const { resetAfter = true, activation = 'tanh', recurrentActivation = 'sigmoid' } = options;
  const isPlain = resetAfter && activation === 'tanh' && recurrentActivation === 'sigmoid';
  if (typeof cell === 'string' && (isPlain || (cell === 'rnn' && activation === 'relu'))) return;
  const { name } = typeof cell === 'string' ? cellOf(cell, options) : cell;
  throw new ModelError(
    `exportModel: a cell of lstm, gru (reset after the product) or rnn (tanh or relu) was expected, but ${who} of ${show(name)} came; PyTorch has none such`,
  );
}

/** The same numbers of float32, where it holds each of them. */
function narrowed(weights: readonly (readonly [string, Tensor])[]): (readonly [string, Tensor])[] {
  const flat = weights.map(([name, tensor]) => [name, tensor.toFlat(), tensor.shape] as const);
  const isNarrow = flat.every(([, data]) =>
    data.every((value) => Object.is(Math.fround(value), value) || Number.isNaN(value)),
  );
  return flat.map(
    ([name, data, shape]) => [name, new Tensor(isNarrow ? Float32Array.from(data) : data, shape)] as const,
  );
}
