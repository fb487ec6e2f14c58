import { expectFunction, expectOneOf, optionsOf } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';
import type { Recurrent } from '../../layers/recurrent/recurrent.ts';
import type { KerasDialect, WrittenModel } from '../keras/write/writing.ts';
import type { OnnxOptions } from '../onnx/written/export-onnx.ts';
import { writeStateDict } from '../pytorch/write-pytorch.ts';
import { writeSafetensors } from '../safetensors/safetensors.ts';
import { actingNote, expectNoneActing, layersActing } from './evaluated.ts';
import { type ExportableModel, narrowed, tiedNotes } from './exportable-model.ts';
import type { ModelParts } from './model-parts.ts';
import { anyWeights, torchWeights } from './torch-weights.ts';

/** What is written. */
export type ExportFormat = 'safetensors' | 'pt' | 'onnx' | 'keras' | 'weights.h5' | 'tfjs';

/** What `exportModel` can be told: all but `onNote` for ONNX alone. */
export interface ExportOptions extends OnnxOptions {
  /** Called with what is otherwise in the file than in the model, a line each: two biases that are one there, dropout that it cannot draw, zones that weights alone do not have, cells that PyTorch would take for others. */
  readonly onNote?: (note: string) => void;
}

/**
 * A model, or a recurrent layer, as files of another program, by their names. 'pt': the weights with PyTorch's names, those of a
 * nn.Sequential of the same layers, or of nn.LSTM, GRU or RNN; weights do not tell an RNN of relu from one of tanh. 'safetensors': the weights of
 * any layers, by the names that they have here, which are PyTorch's where 'pt' takes the layers. 'onnx': a graph. All three are of float32 where it holds
 * all numbers exactly, else of float64. 'keras', 'weights.h5' and 'tfjs', of float32: a Sequential of Keras 3 (its `.keras`, or the weights alone)
 * or of TensorFlow.js. What they have otherwise than the model is told to `onNote`, and noted in the file. Schemes that act in predictions as well
 * (zoneout, literal scaling) are in 'onnx' alone: 'keras' and 'tfjs' refuse them, and of the weights alone it is told.
 * @throws ModelError when a model was not built, or for a layer, a cell or a scheme that the other program has not, by its name
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
  expectOneOf('exportModel', 'format', format, Object.keys(WRITERS));
  const names = { masks: true, lengths: true, scheme: true, onNote: true } as const;
  const { onNote, ...told } = optionsOf('exportModel', options, names);
  if (onNote !== undefined) expectFunction('exportModel', 'onNote', onNote);
  if (format !== 'onnx' && Object.keys(told).length > 0) {
    throw new OptionError(
      `exportModel: masks, lengths and scheme were expected for 'onnx' alone, but ${show(format)} came; leave them out`,
    );
  }
  const tell = (notes: readonly string[]): void => {
    for (const note of notes) onNote?.(note);
  };
  const acting = format === 'onnx' ? [] : layersActing(modelOrLayer);
  const isWhole = format === 'keras' || format === 'tfjs';
  if (isWhole) expectNoneActing(acting);
  const files = await WRITERS[format](modelOrLayer, told, tell);
  tell([...acting.map(actingNote), ...tiedNotes(modelOrLayer)]);
  return files;
}

type Writer = (
  model: ExportableModel | Recurrent,
  options: OnnxOptions,
  tell: (notes: readonly string[]) => void,
) => Promise<Record<string, Uint8Array>>;

/** Those of Keras, TensorFlow.js and ONNX are loaded when they are asked for. */
const WRITERS: Readonly<Record<ExportFormat, Writer>> = {
  safetensors: async (model, _, tell) => {
    const { weights, notes } = await anyWeights(model);
    tell(notes);
    return { 'model.safetensors': writeSafetensors(Object.fromEntries(narrowed(weights))) };
  },
  pt: async (model) => ({ 'model.pt': writeStateDict(await torchWeights(model)) }),
  onnx: async (model, options) => {
    const { exportOnnx } = await import('../onnx/written/export-onnx.ts');
    return { 'model.onnx': await exportOnnx(model, options) };
  },
  keras: kerasWriter('keras', async (model) => {
    const { writeKeras } = await import('../keras/write/write-keras.ts');
    return { 'model.keras': writeKeras(model) };
  }),
  'weights.h5': kerasWriter(
    'keras',
    async (model) => {
      const { writeKerasWeights } = await import('../keras/write/write-keras.ts');
      return { 'model.weights.h5': writeKerasWeights(model) };
    },
    // Weights alone have no place for a function at the end.
    (parts) => ({ ...parts, link: 'linear' }),
  ),
  tfjs: kerasWriter('tfjs', async (model) => (await import('../tfjs/write-tfjs.ts')).writeTfjs(model)),
};

function kerasWriter(
  dialect: KerasDialect,
  write: (model: WrittenModel) => Promise<Record<string, Uint8Array>>,
  partsFor: (parts: ModelParts) => ModelParts = (parts) => parts,
): Writer {
  return async (given, _, tell) => {
    const [{ writtenModel }, { modelParts }] = await Promise.all([
      import('../keras/write/written-model.ts'),
      import('./model-parts.ts'),
    ]);
    const model = writtenModel(partsFor(await modelParts(given)), dialect);
    tell(model.notes);
    return write(model);
  };
}
