import { expectPositive, optionsOf } from '../../checks.ts';
import { productOf } from '../../sequence/arithmetic.ts';
import { atStepsOf, defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';
import { scaleAndShift, scaleAndShiftGrads, scaleAndShiftWeights } from './scale-and-shift.ts';

/** What `layerNorm` is told. */
export interface LayerNormOptions {
  /** Added to the variance, so that nothing is divided by 0; 1e-5 when left out, as in PyTorch (Keras has 1e-3). */
  readonly epsilon?: number;
}

/**
 * Layer normalisation (Ba et al. 2016, arXiv:1607.06450): each row over its N units, on a vector [B,N] or on every step of a
 * sequence [T,B,N]: (x - mean) / sqrt(variance + epsilon) weight + bias, with a gain `weight` and a `bias` [N]. Samples and
 * steps do not see each other, so that it is the same in training and in evaluation.
 * @throws OptionError for an epsilon that is not above 0
 * @example
 * ```ts
 * import { key, layerNorm, sequential } from 'keepgate';
 *
 * const model = sequential([layerNorm()]);
 * await model.build({ kind: 'vector', size: 2 }, key(1));
 * const [row = []] = await model.predict<number[][]>([[1, 5]]);
 * console.log(row.map((value) => value.toFixed(3))); // prints: [ '-1.000', '1.000' ]
 * await model.dispose();
 * ```
 */
export const layerNorm: LayerMaker<[options?: LayerNormOptions], 'weight' | 'bias'> = defineLayer({
  type: 'layerNorm',

  make(options = {}) {
    const { epsilon = 1e-5 } = optionsOf('layerNorm', options, { epsilon: true });
    expectPositive('layerNorm', 'epsilon', epsilon);
    return {
      config: { epsilon },
      inputs: { x: { kinds: ['vector', 'sequence'] } },

      outputs({ x }) {
        rowSize('layerNorm', x);
        return { y: x };
      },

      weights: ({ x }) => scaleAndShiftWeights(rowSize('layerNorm', x)),
      carries: () => ({}),

      run({ ops }, weights, { x }) {
        const { y: normal, inverseDeviation } = ops.normalise(x.values, epsilon);
        return {
          outputs: { y: atStepsOf(x, scaleAndShift(ops, normal, weights)) },
          backward: ({ y: dy }) => ({
            weights: scaleAndShiftGrads(ops, normal, dy),
            inputs: { x: () => ops.normaliseGrad(normal, inverseDeviation, productOf(ops, dy, weights.weight)) },
          }),
        };
      },
    };
  },
});
