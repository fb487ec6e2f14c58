import type { ExportFormat } from '../interop/exported/export-model.ts';

/** How the name of a file of each format ends. */
export const ENDINGS: Readonly<Record<ExportFormat, string>> = {
  safetensors: '.safetensors',
  pt: '.pt',
  onnx: '.onnx',
  keras: '.keras',
  'weights.h5': '.weights.h5',
  // The model.json, beside which its weights.bin lies.
  tfjs: '.json',
};
