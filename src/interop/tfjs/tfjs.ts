/** Models of TensorFlow.js: a model.json, and the files of weights that it names. */
import { OptionError, show } from '../../errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { FileBytes, Format, TensorFile } from '../format.ts';
import { joinBytes } from '../join-bytes.ts';
import { kerasConfig } from '../keras/config/keras-config.ts';
import { own } from '../keras/config/keras-layer.ts';
import { type KerasModel, kerasModel } from '../keras/config/keras-model.ts';
import { isTfjs } from './is-tfjs.ts';
import { broken, readModelJson, type WeightGroup } from './model-json.ts';
import { readGroup } from './read-weights.ts';
import { weightsOfLayers } from './weights-of-layers.ts';

export const tfjs: Format = {
  name: 'tfjs',
  isOne: isTfjs,
  tellsModel: ({ config }) => config?.modelTopology !== undefined,

  async read(file, { at }): Promise<TensorFile> {
    if (at !== undefined) {
      throw new OptionError(
        'readTensors: at was expected for a PyTorch checkpoint, but a model of TensorFlow.js came; leave it out',
      );
    }
    const { config, groups } = readModelJson(file.bytes);
    // No prototype: a weight may be called `__proto__`.
    const tensors: Record<string, Tensor> = Object.create(null);
    const refused: Record<string, string> = Object.create(null);
    for (const group of groups) {
      for (const [name, tensor] of readGroup(group, await bytesOfGroup(file, group), refused)) tensors[name] = tensor;
    }
    const quantised = groups.flatMap(({ weights }) => weights).filter(({ quantization }) => quantization);
    const notes =
      quantised.length > 0 ? [`${quantised.length} weights are quantised: they are near what was trained`] : [];
    return { format: 'tfjs', tensors, refused, config, notes };
  },

  layers: (file) => understood(file).layers,
  model: (file) => understood(file).model,
};

/** The layers that the topology names, with their weights. @throws DataError for a model that is no chain of layers */
function understood(file: TensorFile): KerasModel {
  const { modelTopology } = Object(file.config) as Record<string, unknown>;
  // What was converted has the config in a file of Keras' form.
  const config = own(modelTopology, 'model_config') ?? modelTopology;
  return kerasModel(kerasConfig('tfjs', config), weightsOfLayers(file), 'tfjs');
}

/** What lies in the files of a group, joined. @throws DataError when one of them is not there */
async function bytesOfGroup(file: FileBytes, { paths }: WeightGroup): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const path of paths) {
    const part = await file.beside(path);
    if (!part) {
      const advice = `put it beside model.json, or pass the files by name: { 'model.json': ..., ${show(path)}: ... }`;
      throw broken(`the file ${show(path)} with weights`, 'none', advice);
    }
    parts.push(part);
  }
  if (parts.length === 1) return parts[0] as Uint8Array;
  return joinBytes(parts);
}
