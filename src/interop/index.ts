export { readSafetensors, writeSafetensors } from './safetensors/safetensors.ts';
