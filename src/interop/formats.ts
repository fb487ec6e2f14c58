import type { Format } from './format.ts';
import { pytorch } from './pytorch/pytorch.ts';
import { safetensors } from './safetensors/safetensors-format.ts';

/** The kinds of files that are read. A new one is a folder, and a line here. */
export const FORMATS: readonly Format[] = [safetensors, pytorch];
