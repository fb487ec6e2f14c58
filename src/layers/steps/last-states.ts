import { expectWhole, optionsOf } from '../../checks.ts';
import { gatherRows } from '../gather-rows.ts';
import { defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';
import { overSteps } from '../valid-steps.ts';

/**
 * The last valid steps of each sample: a sequence [T,B,N] to [T',B,N], with k steps, or as many as a shorter sample has. Behind a
 * recurrent layer that hands on all steps they are its last k states, for a `pooling` or an `attention` over these alone.
 * @throws OptionError unless k is a whole number from 1
 * @example
 * ```ts
 * import { key, lastStates, sequential } from 'keepgate';
 *
 * const model = sequential([lastStates(2)]);
 * await model.build({ kind: 'sequence', size: 1 }, key(1));
 * console.log(await model.predict([[[1], [2], [3]], [[4]]])); // prints: [ [ [ 2 ], [ 3 ] ], [ [ 4 ] ] ]
 * await model.dispose();
 * ```
 */
export const lastStates: LayerMaker<[k: number]> = defineLayer({
  type: 'lastStates',
  parse: (options) => [optionsOf('lastStates', options as { readonly k: number }, { k: true }).k],

  make(k) {
    expectWhole('lastStates', 'k', k, 1);
    const stepsOf = (steps: number): number => Math.min(k, steps);
    return {
      config: { k },
      inputs: { x: { kinds: ['sequence'] } },
      steps: stepsOf,

      outputs({ x }) {
        rowSize('lastStates', x);
        return { y: x };
      },

      weights: () => ({}),

      run({ ops }, _, { x }) {
        const { batch, validSteps, values } = x;
        const sizes = overSteps(ops, validSteps.map(stepsOf));
        const rows = Int32Array.from({ length: sizes.time * batch }, (__, row) => {
          const [t, b] = [Math.floor(row / batch), row % batch];
          const [all, taken] = [validSteps[b] as number, sizes.validSteps[b] as number];
          return t < taken ? (all - taken + t) * batch + b : -1;
        });
        const { y, backward } = gatherRows(ops, values, rows, [sizes.time, batch]);
        return {
          outputs: { y: { values: y, ...sizes } },
          backward: ({ y: dy }) => ({ weights: {}, inputs: { x: () => backward(dy) } }),
        };
      },
    };
  },
});
