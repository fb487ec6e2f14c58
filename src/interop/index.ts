export { readSafetensors, writeSafetensors } from './safetensors.ts';
