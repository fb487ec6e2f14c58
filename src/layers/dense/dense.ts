import { expectText, expectWhole, optionsOf } from '../../checks.ts';
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
  /**
   * The path of a weight [units,size] of another layer of the same list, which is its `weight` too, such as '0.weight' of an embedding of
   * as many tokens as it has units: both train it. A weight of its own when left out.
   */
  readonly tiedTo?: string;
}

/**
 * activation(x weightᵀ + bias), on a vector [B,size] or on every step of a sequence [T,B,size]; weight [units, size],
 * bias [units].
 *
 * `tiedTo` makes its weight that of another layer: the softmax over a vocabulary takes the vectors of the embedding (Inan et al. 2017,
 * arXiv:1611.01462; Press and Wolf 2017, arXiv:1608.05859). The bias is its own, and what the other layer drops of its weight is dropped there alone.
 * @example
 * ```ts
 * import { dense, embedding, key, lstm, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 3, activation: 'relu' })]);
 * await model.build({ kind: 'vector', size: 2 }, key(1));
 * console.log((await model.getWeights())['0.weight']?.shape); // prints: [ 3, 2 ]
 * await model.dispose();
 *
 * const words = sequential([embedding({ vocabulary: 9, units: 4 }), lstm({ units: 4 }), dense({ units: 9, tiedTo: '0.weight' })]);
 * await words.build({ kind: 'tokens', vocabulary: 9 }, key(1));
 * console.log(Object.keys(await words.getWeights()).filter((path) => !path.startsWith('1.'))); // prints: [ '0.weight', '2.bias' ]
 * await words.dispose();
 * ```
 */
export const dense: LayerMaker<[DenseOptions], 'weight' | 'bias'> = defineLayer({
  type: 'dense',

  make(options) {
    const known = { units: true, activation: true, tiedTo: true } as const;
    const { units, activation = 'linear', tiedTo } = optionsOf('dense', options, known);
    expectWhole('dense', 'units', units, 1);
    if (tiedTo !== undefined) expectText('dense', 'tiedTo', tiedTo);
    const tied = tiedTo === undefined ? {} : { tiedTo };
    const { apply, grad } = activationOf('dense', activation);
    return {
      config: { units, activation, ...tied },
      ...(tiedTo === undefined ? {} : { borrows: { weight: tiedTo } }),
      inputs: { x: { kinds: ['vector', 'sequence'] } },
      ...(activation === 'linear' ? {} : { activation: { name: activation, linear: dense({ units, ...tied }) } }),

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
