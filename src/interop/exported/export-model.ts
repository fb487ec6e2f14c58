import type { Cell } from '../../cells/cell.ts';
import { type CellName, type CellOptions, cellOf } from '../../cells/cells.ts';
import { expectOneOf, optionsOf, readable } from '../../checks.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { Recurrent } from '../../layers/recurrent/recurrent.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { exportOnnx, type OnnxOptions } from '../onnx/written/export-onnx.ts';
import { writeStateDict } from '../pytorch/write-pytorch.ts';
import { writeSafetensors } from '../safetensors/safetensors.ts';
import { type ExportableModel, expectModel, narrowed, weightsOfLayer } from './exportable-model.ts';

/** What is written. */
export type ExportFormat = 'safetensors' | 'pt' | 'onnx';

/** What `exportModel` can be told, for ONNX alone. */
export interface ExportOptions extends OnnxOptions {}

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
  options: ExportOptions = {},
): Promise<Record<string, Uint8Array>> {
  expectOneOf('exportModel', 'format', format, ['safetensors', 'pt', 'onnx']);
  const told = optionsOf('exportModel', options, { masks: true, lengths: true, scheme: true });
  if (format === 'onnx') return { 'model.onnx': await exportOnnx(modelOrLayer, told) };
  if (Object.keys(told).length > 0) {
    throw new OptionError(
      `exportModel: options were expected for 'onnx' alone, but ${show(format)} came; leave them out`,
    );
  }
  const tensors = narrowed(await weightsOf(modelOrLayer));
  return format === 'pt'
    ? { 'model.pt': writeStateDict(tensors) }
    : { 'model.safetensors': writeSafetensors(Object.fromEntries(tensors)) };
}

async function weightsOf(value: ExportableModel | Recurrent): Promise<(readonly [string, Tensor])[]> {
  if (value instanceof Recurrent) {
    expectTorchCell('the layer', value.config);
    return weightsOfLayer(value);
  }
  const { layers, getWeights } = expectModel(value);
  readable('exportModel', () => layers.map((layer: Layer, i) => expectTorchLayer(i, layer.config)));
  return Object.entries(await getWeights()).filter(([name]) => WEIGHT.test(name));
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
