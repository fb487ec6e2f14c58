import { expectWhole, MOST_NUMBERS, optionsOf } from '../../checks.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import { defineLayer, type LayerMaker, onePerSample } from '../layer.ts';
import { vector } from '../signature.ts';

/** What `reshape` is told. */
export interface ReshapeOptions {
  /** The shape of what comes out, without the batch: [H,W,C] for images. */
  readonly shape: readonly number[];
}

/**
 * The same numbers of each sample in another shape, row by row: [B,N] to [B,...shape]. It makes images of vectors for {@link conv2d}.
 * @throws OptionError unless the shape is a list of whole numbers from 1
 * @example
 * ```ts
 * import { flatten, key, maxPool2d, reshape, sequential } from 'keepgate';
 *
 * const model = sequential([reshape({ shape: [28, 28, 1] }), maxPool2d({ poolSize: 7 }), flatten()]);
 * await model.build({ kind: 'vector', size: 784 }, key(1));
 * const [largest = []] = await model.predict<number[][]>([Array.from({ length: 784 }, (_, i) => i)]);
 * console.log(largest[0], largest.length); // prints: 174 16
 * await model.dispose();
 * ```
 */
export const reshape: LayerMaker<[ReshapeOptions]> = defineLayer({
  type: 'reshape',

  make(options) {
    const { shape: given } = optionsOf('reshape', options, { shape: true });
    if (!Array.isArray(given) || given.length === 0) {
      throw new OptionError(`reshape: a shape such as [28, 28, 1] was expected, but ${show(given)} came`);
    }
    const shape = Array.from(given as readonly number[]);
    for (const axis of shape) expectWhole('reshape', 'shape', axis, 1, MOST_NUMBERS);
    return {
      config: { shape },
      inputs: { x: { kinds: ['vector'] } },

      outputs({ x }) {
        if (sizeOf(x.shape) === sizeOf(shape)) return { y: vector(...shape) };
        throw new ModelError(
          `reshape: ${sizeOf(shape)} numbers were expected for shape [${shape}], but entries of shape [${x.shape}] came, which have ${sizeOf(x.shape)}`,
        );
      },

      weights: () => ({}),

      run({ ops }, _, { x: { values, batch } }) {
        return {
          outputs: { y: onePerSample(batch, ops.reshape(values, [batch, ...shape])) },
          backward: ({ y: dy }) => ({ weights: {}, inputs: { x: () => ops.reshape(dy, values.shape) } }),
        };
      },
    };
  },
});
