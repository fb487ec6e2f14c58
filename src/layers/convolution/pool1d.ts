import { optionsOf } from '../../checks.ts';
import type { Ops } from '../../engines/ops.ts';
import { productOf, sumOf } from '../../sequence/arithmetic.ts';
import type { Gathered } from '../gather-rows.ts';
import { type Batch, defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';
import { overSteps } from '../valid-steps.ts';
import { largestOf, tapsOf } from './taps.ts';
import { checkedWindows, keepsSteps, type Placed, placeWindows, type WindowPadding, windowCount } from './windows.ts';

/** What `maxPool1d` and `averagePool1d` are told. */
export interface Pool1dOptions {
  /** K, the steps of a window; 2 when left out. */
  readonly poolSize?: number;
  /** How many steps a window moves on; poolSize when left out. */
  readonly strides?: number;
  /** Windows that lie within a sequence ('valid', the default), or also those that hang over its ends ('same'). */
  readonly padding?: Exclude<WindowPadding, 'causal'>;
}

/**
 * The largest value of each unit in windows over time: a sequence [T,B,N] to [T',B,N]. Of a sample with L steps come
 * floor((L - poolSize) / strides) + 1, or ceil(L / strides) with 'same'. Of equal values the first takes the gradient.
 * @throws OptionError for sizes that are no whole numbers from 1, and for another padding
 * @example
 * ```ts
 * import { key, maxPool1d, sequential } from 'keepgate';
 *
 * const model = sequential([maxPool1d({ poolSize: 2 })]);
 * await model.build({ kind: 'sequence', size: 1 }, key(1));
 * console.log(await model.predict([[[-1], [-3], [5], [2], [9]]])); // prints: [ [ [ -1 ], [ 5 ] ] ]
 * await model.dispose();
 * ```
 */
export const maxPool1d: LayerMaker<[options?: Pool1dOptions]> = definePool('maxPool1d', (ops, { values }, placed) =>
  largestOf(ops, values, placed.rows, placed.size),
);

/**
 * The mean of each unit in windows over time: a sequence [T,B,N] to [T',B,N], as many steps as of {@link maxPool1d}. What hangs over
 * the ends of a sequence ('same') does not count, as in Keras.
 * @throws OptionError for sizes that are no whole numbers from 1, and for another padding
 * @example
 * ```ts
 * import { averagePool1d, key, sequential } from 'keepgate';
 *
 * const model = sequential([averagePool1d({ poolSize: 2, padding: 'same' })]);
 * await model.build({ kind: 'sequence', size: 1 }, key(1));
 * console.log(await model.predict([[[1], [3], [5]]])); // prints: [ [ [ 2 ], [ 5 ] ] ]
 * await model.dispose();
 * ```
 */
export const averagePool1d: LayerMaker<[options?: Pool1dOptions]> = definePool('averagePool1d', (ops, x, placed) => {
  const taps = tapsOf(ops, x.values, placed.rows, placed.size);
  const size = x.values.shape.at(-1) ?? 0;
  const windows = placed.rows.length / taps.length;
  const shares = Float64Array.from({ length: windows }, (_, window) => {
    const rows = placed.rows.subarray(window * taps.length, (window + 1) * taps.length);
    return 1 / Math.max(1, rows.filter((row) => row >= 0).length);
  });
  // The share of each window for all of its units: a product with ones.
  const share = ops.project(ops.upload(shares, [windows, 1]), ops.upload(new Float64Array(size).fill(1), [size, 1]));
  const total = taps.map(({ y }) => y).reduce((sum, y) => sumOf(ops, sum, y));
  return {
    y: productOf(ops, total, share),
    backward(dy) {
      const grad = productOf(ops, dy, share);
      return taps.map((tap) => tap.backward(grad)).reduce((sum, part) => sumOf(ops, sum, part));
    },
  };
});

/** What a pool makes of windows: [T'B,N]. */
type Pool = (ops: Ops, x: Batch, placed: Placed & { readonly size: number }) => Gathered;

function definePool(type: string, pool: Pool): LayerMaker<[options?: Pool1dOptions]> {
  return defineLayer({
    type,

    make(options: Pool1dOptions = {}) {
      const {
        poolSize = 2,
        strides = poolSize,
        padding = 'valid',
      } = optionsOf(type, options, { poolSize: true, strides: true, padding: true });
      const given = { size: poolSize, strides, dilation: 1, padding };
      const windows = checkedWindows(type, 'poolSize', given, ['valid', 'same']);
      return {
        config: { poolSize, strides, padding },
        inputs: { x: { kinds: ['sequence'] } },
        ...(keepsSteps(windows) ? {} : { steps: (steps: number) => windowCount(windows, steps) }),

        outputs({ x }) {
          rowSize(type, x);
          return { y: x };
        },

        weights: () => ({}),

        run({ ops }, _, { x }) {
          const placed = placeWindows(windows, x.validSteps);
          const sizes = overSteps(ops, placed.counts);
          const { y, backward } = pool(ops, x, { ...placed, size: poolSize });
          const size = x.values.shape.at(-1) ?? 0;
          return {
            outputs: { y: { values: ops.reshape(y, [sizes.time, sizes.batch, size]), ...sizes } },
            backward: ({ y: dy }) => ({
              weights: {},
              inputs: { x: () => backward(ops.reshape(dy, [sizes.time * sizes.batch, size])) },
            }),
          };
        },
      };
    },
  });
}
