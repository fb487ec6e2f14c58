import { expectNoMore, expectWhole, optionsOf } from '../../checks.ts';
import { bias, xavier } from '../initialise.ts';
import type { Layer } from '../layer.ts';
import { expectKind } from '../signature.ts';
import { type ActivationName, activationOf } from './activation.ts';

export interface DenseOptions {
  readonly units: number;
  /** 'linear' when left out: losses for classes take the linear output and add their own softmax or sigmoid. */
  readonly activation?: ActivationName;
}

/** activation(x weightᵀ + bias), on a vector or on every step of a sequence; weight [units, size], bias [units]. */
export function dense(options: DenseOptions): Layer<'weight' | 'bias'> {
  const { units, activation = 'linear', ...rest } = optionsOf('dense', options);
  expectNoMore('dense', rest);
  expectWhole('dense', 'units', units, 1);
  const { apply, grad } = activationOf('dense', activation);
  return {
    config: { type: 'dense', units, activation },
    takes: ['vector', 'sequence'],
    ...(activation === 'linear' ? {} : { activation: { name: activation, linear: dense({ units }) } }),

    output(input) {
      expectKind('dense', input, 'vector', 'sequence');
      return { kind: input.kind, size: units };
    },

    weightShapes(input) {
      expectKind('dense', input, 'vector', 'sequence');
      return { weight: [units, input.size], bias: [units] };
    },

    initialise(input, key) {
      expectKind('dense', input, 'vector', 'sequence');
      return { weight: xavier(key, units, input.size), bias: bias(units) };
    },

    run({ ops }, weights, x) {
      const y = apply(ops, ops.project(x, weights.weight, { bias: weights.bias }));
      return {
        y,
        backward(dy) {
          const da = grad(ops, y, dy);
          return {
            x: () => ops.projectInputGrad(da, weights.weight),
            weights: { weight: ops.projectWeightGrad(da, x), bias: ops.sumRows(da) },
          };
        },
      };
    },
  };
}
