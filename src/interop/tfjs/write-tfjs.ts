/** Models of TensorFlow.js, as `tf.loadLayersModel` takes them. */
import { writeNumbers } from '../dtypes.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { WrittenLayer, WrittenModel } from '../keras/write/writing.ts';

/** model.json, and weights.bin beside it. */
export function writeTfjs({ layers, input, notes }: WrittenModel): Record<string, Uint8Array> {
  const entries = layers.map((layer, i) => {
    const { class_name, config } = entryOf(layer);
    return {
      class_name,
      config: i === 0 ? Object.assign({ batch_input_shape: [null, ...input.shape] }, config) : config,
    };
  });
  const weights = layers.flatMap((layer) =>
    layer.weights.map(([name, tensor]) => [nameOf(layer, name), tensor] as const),
  );
  const model = {
    format: 'layers-model',
    generatedBy: 'keepgate',
    convertedBy: null,
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'sequential', layers: entries },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [
      { paths: ['weights.bin'], weights: weights.map(([name, { shape }]) => ({ name, shape, dtype: 'float32' })) },
    ],
    ...(notes.length > 0 ? { userDefinedMetadata: { notes } } : {}),
  };
  return {
    'model.json': new TextEncoder().encode(JSON.stringify(model)),
    'weights.bin': bytesOf(weights.map(([, tensor]) => tensor)),
  };
}

function entryOf({ className, config, inside }: WrittenLayer): { class_name: string; config: object } {
  return { class_name: className, config: inside ? Object.assign({ layer: entryOf(inside) }, config) : config };
}

/** `lstm/kernel`, and `bidirectional/forward_lstm/kernel`. */
function nameOf({ name, inside }: WrittenLayer, weight: string): string {
  const [way, own] = weight.split('/');
  return own === undefined ? `${name}/${weight}` : `${name}/${way}_${inside?.name}/${own}`;
}

function bytesOf(tensors: readonly Tensor[]): Uint8Array {
  const bytes = new Uint8Array(tensors.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0));
  let at = 0;
  for (const tensor of tensors) {
    writeNumbers(new DataView(bytes.buffer), at, tensor);
    at += 4 * sizeOf(tensor.shape);
  }
  return bytes;
}
