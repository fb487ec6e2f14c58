import { optionsOf } from '../../checks.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import { defineLayer, type LayerMaker, onePerSample } from '../layer.ts';
import { vector } from '../signature.ts';

/**
 * The numbers of each sample in one row, as they stand: images [B,H,W,C] to [B,N] with N = H W C, for {@link dense}. The channels of a
 * position stand together, as in Keras; PyTorch, whose images are [C,H,W], has them in another order.
 * @example
 * ```ts
 * import { dense, flatten, key, maxPool2d, reshape, sequential } from 'keepgate';
 *
 * const model = sequential([reshape({ shape: [4, 4, 3] }), maxPool2d(), flatten(), dense({ units: 2 })]);
 * await model.build({ kind: 'vector', size: 48 }, key(1));
 * console.log((await model.getWeights())['3.weight']?.shape); // prints: [ 2, 12 ]
 * await model.dispose();
 * ```
 */
export const flatten: LayerMaker<[]> = defineLayer({
  type: 'flatten',

  parse(options) {
    optionsOf('flatten', options, {});
    return [];
  },

  make() {
    return {
      config: {},
      inputs: { x: { kinds: ['vector'] } },
      outputs: ({ x }) => ({ y: vector(sizeOf(x.shape)) }),
      weights: () => ({}),

      run({ ops }, _, { x: { values, batch } }) {
        const size = sizeOf(values.shape) / batch;
        return {
          outputs: { y: onePerSample(batch, ops.reshape(values, [batch, size])) },
          backward: ({ y: dy }) => ({ weights: {}, inputs: { x: () => ops.reshape(dy, values.shape) } }),
        };
      },
    };
  },
});
