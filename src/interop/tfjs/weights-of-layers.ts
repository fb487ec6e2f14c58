/** Which weights of a TensorFlow.js model belong to which layer. */
import type { TensorFile } from '../format.ts';
import { type KerasLayer, type KerasWeights, own } from '../keras/config/keras-layer.ts';
import { weightsNamed } from '../keras/weights-by-layer.ts';

/**
 * Weights by layer, in the order that Keras gives them. Names are those of the layer with the weight's behind it (`lstm/kernel`,
 * `lstm/lstm_cell/kernel`, `both/forward_lstm/kernel`); the converter leaves the name of a Bidirectional of Keras 3 out (`forward_lstm/lstm_cell/kernel`).
 */
export function weightsOfLayers(file: TensorFile): (layer: KerasLayer) => KerasWeights {
  const names = [...Object.keys(file.tensors), ...Object.keys(file.refused)];
  return (layer) => {
    const found = names.filter((name) => name.split('/').slice(0, -1).includes(layer.name));
    const inner = own(own(layer.config.layer, 'config'), 'name');
    const bare = typeof inner === 'string' ? inner.replace(/^forward_/, '') : '';
    const directions = [`forward_${bare}`, `backward_${bare}`];
    const ofDirections = names.filter((name) => directions.includes(name.split('/')[0] as string));
    const all = found.length > 0 || layer.className !== 'Bidirectional' ? found : ofDirections;
    return weightsNamed(
      file,
      all.toSorted((a, b) => placeOf(a) - placeOf(b)),
    );
  };
}

const ORDER = ['kernel', 'recurrent_kernel', 'bias', 'gamma', 'beta', 'moving_mean', 'moving_variance'];

/** Forward before backward, and in the order of Keras; other weights stay as they stand. */
function placeOf(name: string): number {
  const parts = name.split('/');
  const leaf = (parts.at(-1) ?? '').replace(/:0$/, '').replace(/_\d+$/, '');
  const isBackward = parts.some((part) => part.startsWith('backward_'));
  return (isBackward ? ORDER.length : 0) + Math.max(ORDER.indexOf(leaf), 0);
}
