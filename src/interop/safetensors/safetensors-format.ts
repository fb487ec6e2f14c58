import { DataError, OptionError } from '../../errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Format, TensorFile } from '../format.ts';
import { layersOfNames } from '../imported/layers-of-names.ts';
import { LENGTH_BYTES, readHeader } from './header.ts';
import { readTensor } from './safetensors.ts';

/** Files of safetensors as one of several kinds: what of them cannot be had is told, and the rest is read. */
export const safetensors: Format = {
  name: 'safetensors',
  // The length of a header is far below 2^40 bytes, and the header is an object of JSON.
  isOne: ({ bytes }) => bytes[LENGTH_BYTES] === 0x7b && bytes.subarray(5, LENGTH_BYTES).every((byte) => byte === 0),
  // Most are written by PyTorch, and those of others have its names as well.
  layers: layersOfNames,

  async read({ bytes }, { at }): Promise<TensorFile> {
    if (at !== undefined) {
      throw new OptionError(
        'readTensors: at was expected for a PyTorch checkpoint, but a safetensors file came; leave it out',
      );
    }
    const { start, entries, metadata } = readHeader(bytes);
    // No prototype: a tensor may be called `__proto__`.
    const tensors: Record<string, Tensor> = Object.create(null);
    const refused: Record<string, string> = Object.create(null);
    for (const entry of entries) {
      try {
        tensors[entry.name] = readTensor(bytes, start, entry);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        refused[entry.name] = error.message;
      }
    }
    const config = Object.keys(metadata).length === 0 ? {} : { config: metadata };
    return { format: 'safetensors', tensors, refused, ...config, notes: [] };
  },
};
