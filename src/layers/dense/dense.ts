import { expectWhole, optionsOf } from '../../checks.ts';
import { bias, xavier } from '../initialise.ts';
import { atStepsOf, defineLayer, type LayerMaker } from '../layer.ts';
import { rowSize } from '../signature.ts';
import { trained, trainedInParts } from '../weight-spec.ts';
import { type ActivationName, activationOf } from './activation.ts';

/** What `dense` is told. */
export interface DenseOptions {
  /** The length of the rows that come out. */
  readonly units: number;
  /** 'linear' when left out: losses for classes take the linear output and add their own softmax or sigmoid. */
  readonly activation?: ActivationName;
}

/**
 * activation(x weightᵀ + bias), on a vector [B,size] or on every step of a sequence [T,B,size]; weight [units, size],
 * bias [units].
 * @example
 * ```ts
 * import { dense, key, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 3, activation: 'relu' })]);
 * await model.build({ kind: 'vector', size: 2 }, key(1));
 * console.log((await model.getWeights())['0.weight']?.shape); // prints: [ 3, 2 ]
 * await model.dispose();
 * ```
 */
export const dense: LayerMaker<[DenseOptions], 'weight' | 'bias'> = defineLayer({
  type: 'dense',

  make(options) {
    const { units, activation = 'linear' } = optionsOf('dense', options, { units: true, activation: true });
    expectWhole('dense', 'units', units, 1);
    const { apply, grad } = activationOf('dense', activation);
    return {
      config: { units, activation },
      inputs: { x: { kinds: ['vector', 'sequence'] } },
      ...(activation === 'linear' ? {} : { activation: { name: activation, linear: dense({ units }) } }),

      outputs({ x }) {
        rowSize('dense', x);
        return { y: { ...x, shape: [units] } };
      },

      weights({ x }) {
        const size = rowSize('dense', x);
        return {
          weight: trainedInParts([units, size], (key) => xavier(key, units, size)),
          bias: trained([units], () => bias(units)),
        };
      },

      carries: () => ({}),

      run({ ops }, { weight, bias: added }, { x }) {
        const y = apply(ops, ops.project(x.values, weight, { bias: added }));
        return {
          outputs: { y: atStepsOf(x, y) },
          backward({ y: dy }) {
            const da = grad(ops, y, dy);
            return {
              weights: { weight: ops.projectWeightGrad(da, x.values), bias: ops.sumRows(da) },
              inputs: { x: () => ops.projectInputGrad(da, weight) },
            };
          },
        };
      },
    };
  },
});
