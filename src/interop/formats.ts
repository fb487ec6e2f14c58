import type { Format } from './format.ts';
import { isKeras } from './keras/is-keras.ts';
import { isOnnx } from './onnx/is-onnx.ts';
import { pytorch } from './pytorch/pytorch.ts';
import { safetensors } from './safetensors/safetensors-format.ts';
import { isTfjs } from './tfjs/is-tfjs.ts';

/** The kinds of files that are read. A new one is a folder, and a line here; ONNX comes last, as it has no magic number. */
export const FORMATS: readonly Format[] = [
  safetensors,
  pytorch,
  whenThereIsOne('keras', isKeras, async () => (await import('./keras/keras.ts')).keras),
  whenThereIsOne('tfjs', isTfjs, async () => (await import('./tfjs/tfjs.ts')).tfjs),
  whenThereIsOne('onnx', isOnnx, async () => (await import('./onnx/onnx.ts')).onnx),
];

/** A format whose reader is loaded when there is a file of it, so that a page does not load it for others. */
function whenThereIsOne(name: Format['name'], isOne: Format['isOne'], load: () => Promise<Format>): Format {
  return {
    name,
    isOne,
    read: async (file, options) => (await load()).read(file, options),
    layers: async (file, options) => (await load()).layers(file, options),
    tellsModel: async (file) => (await load()).tellsModel?.(file) ?? false,
    model: async (file) => (await load()).model?.(file),
  };
}
