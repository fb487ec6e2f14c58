import type { Format } from './format.ts';
import { keras } from './keras/keras.ts';
import { onnx } from './onnx/onnx.ts';
import { pytorch } from './pytorch/pytorch.ts';
import { safetensors } from './safetensors/safetensors-format.ts';
import { tfjs } from './tfjs/tfjs.ts';

/** The kinds of files that are read. A new one is a folder, and a line here; ONNX comes last, as it has no magic number. */
export const FORMATS: readonly Format[] = [safetensors, pytorch, keras, tfjs, onnx];
