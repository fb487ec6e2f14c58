import { optionsOf } from '../../checks.ts';
import { atStepsOf, defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';

/**
 * Each sample's valid steps in reverse order, [T,B,N]: before a recurrent layer it makes one that reads backwards (Keras'
 * go_backwards). Padding stays behind.
 * @example
 * ```ts
 * import { key, reverse, sequential } from 'keepgate';
 *
 * const model = sequential([reverse()]);
 * await model.build({ kind: 'sequence', size: 1 }, key(1));
 * console.log(await model.predict([[[1], [2], [3]], [[4], [5]]])); // prints: [ [ [ 3 ], [ 2 ], [ 1 ] ], [ [ 5 ], [ 4 ] ] ]
 * await model.dispose();
 * ```
 */
export const reverse: LayerMaker<[]> = defineLayer({
  type: 'reverse',

  parse(options) {
    optionsOf('reverse', options, {});
    return [];
  },

  make: () => ({
    config: {},
    inputs: { x: { kinds: ['sequence'] } },

    outputs({ x }) {
      rowSize('reverse', x);
      return { y: x };
    },

    weights: () => ({}),

    run: ({ ops }, _, { x }) => ({
      outputs: { y: atStepsOf(x, ops.reverse(x.values, x.lengths)) },
      // It is its own inverse.
      backward: ({ y: dy }) => ({
        weights: {},
        inputs: { x: () => ops.reverse(ops.reshape(dy, x.values.shape), x.lengths) },
      }),
    }),
  }),
});
