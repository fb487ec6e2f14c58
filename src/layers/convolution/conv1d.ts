import { expectWhole, optionsOf } from '../../checks.ts';
import type { Ops } from '../../engines/ops.ts';
import { type Activation, type ActivationName, activationOf } from '../dense/activation.ts';
import { bias, xavier } from '../initialise.ts';
import { gatherRows } from '../gather-rows.ts';
import { type Batch, defineLayer, type LayerMaker, type LayerRun, type LayerWeights } from '../layer.ts';
import { rowSize, sequence } from '../signature.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { overSteps } from '../valid-steps.ts';
import { trained, trainedInParts } from '../weight-spec.ts';
import { checkedWindows, keepsSteps, placeWindows, type WindowPadding, type Windows, windowCount } from './windows.ts';

/** What `conv1d` is told. */
export interface Conv1dOptions {
  /** F, the length of the rows that come out. */
  readonly filters: number;
  /** K, the steps that a filter sees. */
  readonly kernelSize: number;
  /** How many steps a filter moves on; 1 when left out. */
  readonly strides?: number;
  /** How far apart the steps are that a filter sees; 1 when left out. */
  readonly dilation?: number;
  /** Zeros around a sequence: none ('valid', the default), at both ends ('same'), or in front, so that no step sees a later one ('causal'). */
  readonly padding?: WindowPadding;
  /** 'linear' when left out. */
  readonly activation?: ActivationName;
}

/**
 * A convolution over time: a sequence [T,B,I] to [T',B,F], activation(Σ_k x[t strides + k dilation - front] weight[:,k]ᵀ + bias), with
 * a weight [F,K,I] and a bias [F] (as in Waibel et al. 1989; causal and dilated: van den Oord et al. 2016, arXiv:1609.03499). Each sample is
 * convolved by its own length L: with 'same' and 'causal' ceil(L / strides) steps come of it, and with 'valid'
 * floor((L - (K - 1) dilation - 1) / strides) + 1, none where it is shorter than a filter.
 * @throws OptionError for sizes that are no whole numbers from 1, and for another padding or activation
 * @example
 * ```ts
 * import { conv1d, sequential } from 'keepgate';
 *
 * const model = sequential([conv1d({ filters: 1, kernelSize: 2, padding: 'causal' })]);
 * await model.setWeights({ '0.weight': [[[1], [10]]], '0.bias': [0] }, { input: { kind: 'sequence', size: 1 } });
 * console.log(await model.predict([[[1], [2], [3]]])); // prints: [ [ [ 10 ], [ 21 ], [ 32 ] ] ]
 * await model.dispose();
 * ```
 */
export const conv1d: LayerMaker<[Conv1dOptions], 'weight' | 'bias'> = defineLayer({
  type: 'conv1d',

  make(options) {
    const {
      filters,
      kernelSize,
      strides = 1,
      dilation = 1,
      padding = 'valid',
      activation = 'linear',
    } = optionsOf('conv1d', options, {
      filters: true,
      kernelSize: true,
      strides: true,
      dilation: true,
      padding: true,
      activation: true,
    });
    expectWhole('conv1d', 'filters', filters, 1);
    const given = { size: kernelSize, strides, dilation, padding };
    const windows = checkedWindows('conv1d', 'kernelSize', given, ['valid', 'same', 'causal']);
    const applied = activationOf('conv1d', activation);
    const linear = { filters, kernelSize, strides, dilation, padding };
    return {
      config: { ...linear, activation },
      inputs: { x: { kinds: ['sequence'] } },
      ...(activation === 'linear' ? {} : { activation: { name: activation, linear: conv1d(linear) } }),
      ...(keepsSteps(windows) ? {} : { steps: (steps: number) => windowCount(windows, steps) }),

      outputs({ x }) {
        rowSize('conv1d', x);
        return { y: sequence(filters) };
      },

      weights({ x }) {
        const size = rowSize('conv1d', x);
        const shape = [filters, kernelSize, size];
        return {
          weight: trainedInParts(shape, function* (key) {
            const { data } = yield* xavier(key, filters, kernelSize * size, filters * kernelSize);
            return new Tensor(data, shape);
          }),
          bias: trained([filters], () => bias(filters)),
        };
      },

      run: ({ ops }, weights, { x }) => convolved(ops, windows, applied, weights, x),
    };
  },
});

/** Rows of windows [T',B,KI]: a convolution is one product, and zeros stand where there is no step. */
function convolved(
  ops: Ops,
  windows: Windows,
  { apply, grad }: Activation,
  { weight, bias: added }: LayerWeights<'weight' | 'bias'>,
  x: Batch,
): LayerRun<'weight' | 'bias', 'x', 'y'> {
  const [filters = 0, kernelSize = 0, size = 0] = weight.shape;
  const { counts, rows } = placeWindows(windows, x.validSteps);
  const sizes = overSteps(ops, counts);
  const taken = gatherRows(ops, x.values, rows, [sizes.time, sizes.batch, kernelSize]);
  const columns = ops.reshape(taken.y, [sizes.time, sizes.batch, kernelSize * size]);
  const flat = ops.reshape(weight, [filters, kernelSize * size]);
  const y = apply(ops, ops.project(columns, flat, { bias: added }));
  return {
    outputs: { y: { values: y, ...sizes } },
    backward({ y: dy }) {
      const da = grad(ops, y, dy);
      return {
        weights: {
          weight: ops.reshape(ops.projectWeightGrad(da, columns), [filters, kernelSize, size]),
          bias: ops.sumRows(da),
        },
        inputs: { x: () => taken.backward(ops.projectInputGrad(da, flat)) },
      };
    },
  };
}
