export type { FormatName, ReadTensorsOptions, TensorFile } from './format.ts';
export { readTensors } from './read-tensors.ts';
export {
  listSafetensors,
  type ReadSafetensorsOptions,
  readSafetensors,
  type SafetensorsEntry,
  writeSafetensors,
} from './safetensors/safetensors.ts';
