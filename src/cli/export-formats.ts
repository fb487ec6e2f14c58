import type { ExportFormat } from '../interop/exported/export-model.ts';

/** How the name of a file of each format ends. */
export const ENDINGS: Readonly<Record<ExportFormat, string>> = {
  safetensors: '.safetensors',
  pt: '.pt',
  onnx: '.onnx',
};
