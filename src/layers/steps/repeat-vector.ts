import { expectWhole, optionsOf } from '../../checks.ts';
import { gatherRows } from '../gather-rows.ts';
import { defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize, sequence } from '../signature.ts';
import { overSteps } from '../valid-steps.ts';

/** More steps than anybody unrolls. */
const MOST_STEPS = 1_000_000;

/**
 * The same vector at each of n steps: [B,N] to a sequence [n,B,N]. Between an encoder that hands on its last state and a recurrent
 * layer that decodes it; targets are then n steps long, however long the inputs are.
 * @throws OptionError unless n is a whole number from 1
 * @example
 * ```ts
 * import { dense, key, lstm, repeatVector, sequential } from 'keepgate';
 *
 * const decoder = lstm({ units: 8, returnSequences: true });
 * const model = sequential([lstm({ units: 8 }), repeatVector(3), decoder, dense({ units: 2 })]);
 * await model.build({ kind: 'sequence', size: 1 }, key(1));
 * const [steps = []] = await model.predict<number[][][]>([[[1], [2], [3], [4], [5]]]);
 * console.log(steps.length, steps[0]?.length); // prints: 3 2
 * await model.dispose();
 * ```
 */
export const repeatVector: LayerMaker<[n: number]> = defineLayer({
  type: 'repeatVector',
  parse: (options) => [optionsOf('repeatVector', options as { readonly n: number }, { n: true }).n],

  make(n) {
    expectWhole('repeatVector', 'n', n, 1, MOST_STEPS);
    return {
      config: { n },
      inputs: { x: { kinds: ['vector'] } },
      steps: () => n,
      outputs: ({ x }) => ({ y: sequence(rowSize('repeatVector', x)) }),
      weights: () => ({}),

      run({ ops }, _, { x }) {
        const { batch, values } = x;
        const rows = Int32Array.from({ length: n * batch }, (__, row) => row % batch);
        const { y, backward } = gatherRows(ops, values, rows, [n, batch]);
        return {
          outputs: { y: { values: y, ...overSteps(ops, new Int32Array(batch).fill(n)) } },
          backward: ({ y: dy }) => ({ weights: {}, inputs: { x: () => backward(dy) } }),
        };
      },
    };
  },
});
