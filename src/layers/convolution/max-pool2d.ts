import { optionsOf } from '../../checks.ts';
import { defineLayer, type LayerMaker, onePerSample } from '../layer.ts';
import { overWindows, placeInImages } from './image-windows.ts';
import { largestOf } from './taps.ts';
import { checkedWindows, type WindowPadding } from './windows.ts';

/** What `maxPool2d` is told. */
export interface MaxPool2dOptions {
  /** K, the side of a square window; 2 when left out. */
  readonly poolSize?: number;
  /** How far a window moves on, along both sides; poolSize when left out. */
  readonly strides?: number;
  /** Windows that lie within an image ('valid', the default), or also those that hang over its sides ('same'). */
  readonly padding?: Exclude<WindowPadding, 'causal'>;
}

/**
 * The largest value of each channel in square windows over images: [B,H,W,C] to [B,H',W',C]. Of a side of length L come
 * floor((L - poolSize) / strides) + 1, or ceil(L / strides) with 'same'. Of equal values the first takes the gradient.
 * @throws OptionError for sizes that are no whole numbers from 1, and for another padding
 * @example
 * ```ts
 * import { flatten, key, maxPool2d, reshape, sequential } from 'keepgate';
 *
 * const model = sequential([reshape({ shape: [2, 4, 1] }), maxPool2d(), flatten()]);
 * await model.build({ kind: 'vector', size: 8 }, key(1));
 * console.log(await model.predict([[1, 2, 3, 4, 8, 7, 6, 5]])); // prints: [ [ 8, 6 ] ]
 * await model.dispose();
 * ```
 */
export const maxPool2d: LayerMaker<[options?: MaxPool2dOptions]> = defineLayer({
  type: 'maxPool2d',

  make(options: MaxPool2dOptions = {}) {
    const {
      poolSize = 2,
      strides = poolSize,
      padding = 'valid',
    } = optionsOf('maxPool2d', options, { poolSize: true, strides: true, padding: true });
    const given = { size: poolSize, strides, dilation: 1, padding };
    const windows = checkedWindows('maxPool2d', 'poolSize', given, ['valid', 'same']);
    return {
      config: { poolSize, strides, padding },
      inputs: { x: { kinds: ['vector'] } },
      outputs: ({ x }) => ({ y: overWindows('maxPool2d', windows, x) }),
      weights: () => ({}),

      run({ ops }, _, { x }) {
        const { shape, places } = placeInImages(windows, x.values.shape);
        const { y, backward } = largestOf(ops, x.values, places, poolSize ** 2);
        const channels = x.values.shape.at(-1) ?? 0;
        return {
          outputs: { y: onePerSample(x.batch, ops.reshape(y, [...shape, channels])) },
          backward: ({ y: dy }) => ({
            weights: {},
            inputs: { x: () => backward(ops.reshape(dy, y.shape)) },
          }),
        };
      },
    };
  },
});
