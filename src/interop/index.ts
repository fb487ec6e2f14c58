/**
 * Files of other frameworks: tensors, layers and models, read and written.
 * @module keepgate/interop
 */

export { type ImportModelOptions, importModel } from '../train/imported/import-model.ts';
export type { MaskingRule } from '../train/imported/stage-layers.ts';
export { type ExportFormat, type ExportOptions, exportModel } from './exported/export-model.ts';
export type { ExportableModel } from './exported/exportable-model.ts';
export type { FormatName, LayersOptions, ReadTensorsOptions, RecurrentLayout, TensorFile } from './format.ts';
export { type ImportLayersOptions, importLayers, type TensorSource } from './imported/import-layers.ts';
export type {
  ImportedDense,
  ImportedEmbedding,
  ImportedLayer,
  ImportedRecurrent,
  RecurrentFacts,
  ToRecurrentOptions,
} from './imported/imported-layer.ts';
export { type LabelledPlan, onnxMasks, type OnnxMasksOptions } from './onnx/written/onnx-masks.ts';
export { readTensors } from './read-tensors.ts';
export {
  listSafetensors,
  type ReadSafetensorsOptions,
  readSafetensors,
  type SafetensorsEntry,
  writeSafetensors,
} from './safetensors/safetensors.ts';
export type { FileSource } from './source-files.ts';
