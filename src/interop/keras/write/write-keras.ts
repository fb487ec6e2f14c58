/** Models of Keras 3, as `keras.saving.load_model` and `load_weights` take them. */
import type { Tensor } from '../../../tensor/tensor.ts';
import { writeZip } from '../../archives/write-zip.ts';
import { type Group, writeHdf5 } from './write-hdf5.ts';
import type { WrittenLayer, WrittenModel } from './writing.ts';

/** A .keras file: the config, and the weights. */
export function writeKeras(model: WrittenModel): Uint8Array {
  const { layers, input, notes } = model;
  const inputLayer = entryOf('InputLayer', {
    name: 'input_layer',
    batch_shape: [null, ...input.shape],
    dtype: input.dtype,
  });
  const config = {
    module: 'keras',
    class_name: 'Sequential',
    config: { name: 'sequential', dtype: 'float32', layers: [inputLayer, ...layers.map(layerEntry)] },
    registered_name: null,
    build_config: { input_shape: [null, ...input.shape] },
  };
  // The same model gives the same bytes: the day of saving is the first that archives have.
  const metadata = {
    keras_version: '3.0.0',
    date_saved: '1980-01-01@00:00:00',
    ...(notes.length > 0 ? { notes } : {}),
  };
  return writeZip([
    { name: 'metadata.json', bytes: json(metadata) },
    { name: 'config.json', bytes: json(config) },
    { name: 'model.weights.h5', bytes: writeKerasWeights(model) },
  ]);
}

/** A .weights.h5 file: the layers are known by their classes and their order. */
export function writeKerasWeights({ layers }: WrittenModel): Uint8Array {
  const groups: Record<string, Group> = {};
  for (const layer of layers) groups[layer.name] = groupOf(layer);
  return writeHdf5({ layers: groups, vars: {} });
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function entryOf(className: string, config: object): object {
  return { module: 'keras.layers', class_name: className, config, registered_name: null };
}

function layerEntry({ className, config, inside }: WrittenLayer): object {
  return entryOf(className, inside ? Object.assign({ layer: layerEntry(inside) }, config) : config);
}

/** Recurrent layers have their weights in their cells. */
function groupOf({ className, weights, inside }: WrittenLayer): Group {
  if (inside) {
    const of = (way: string): Group =>
      groupOf({
        className: inside.className,
        name: '',
        config: {},
        weights: weights.filter(([name]) => name.startsWith(way)),
      });
    return { forward_layer: of('forward'), backward_layer: of('backward'), vars: {} };
  }
  const vars: Record<string, Tensor> = {};
  for (const [i, [, tensor]] of weights.entries()) vars[i] = tensor;
  return ['LSTM', 'GRU', 'SimpleRNN'].includes(className) ? { cell: { vars }, vars: {} } : { vars };
}
