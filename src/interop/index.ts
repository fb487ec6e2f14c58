export {
  listSafetensors,
  type ReadSafetensorsOptions,
  readSafetensors,
  type SafetensorsEntry,
  writeSafetensors,
} from './safetensors/safetensors.ts';
