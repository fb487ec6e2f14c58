import { expectWhole, optionsOf } from '../../checks.ts';
import type { Ops } from '../../engines/ops.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type Activation, type ActivationName, activationOf } from '../dense/activation.ts';
import { gatherRows } from '../gather-rows.ts';
import { bias, xavier } from '../initialise.ts';
import { type Batch, defineLayer, type LayerMaker, type LayerRun, type LayerWeights, onePerSample } from '../layer.ts';
import { imageShape } from '../signature.ts';
import { trained, trainedInParts } from '../weight-spec.ts';
import { type ImageWindows, overWindows, placeInImages } from './image-windows.ts';
import { checkedWindows, type WindowPadding } from './windows.ts';

/** What `conv2d` is told. */
export interface Conv2dOptions {
  /** F, the channels that come out. */
  readonly filters: number;
  /** K, the side of the square that a filter sees. */
  readonly kernelSize: number;
  /** How far a filter moves on, along both sides; 1 when left out. */
  readonly strides?: number;
  /** Zeros around an image: none ('valid', the default), or on all sides ('same'). */
  readonly padding?: Exclude<WindowPadding, 'causal'>;
  /** 'linear' when left out. */
  readonly activation?: ActivationName;
}

/**
 * A convolution over images: [B,H,W,C] to [B,H',W',F], activation(Σ_kl x[i strides + k - above, j strides + l - before] weight[:,k,l]ᵀ + bias),
 * with a weight [F,K,K,C] and a bias [F] (LeCun et al. 1989). Of a side of length L come floor((L - K) / strides) + 1 with 'valid', and
 * ceil(L / strides) with 'same'. Images come of vectors by {@link reshape}.
 * @throws OptionError for sizes that are no whole numbers from 1, and for another padding or activation
 * @example
 * ```ts
 * import { conv2d, flatten, reshape, sequential } from 'keepgate';
 *
 * const model = sequential([reshape({ shape: [2, 3, 1] }), conv2d({ filters: 1, kernelSize: 2 }), flatten()]);
 * const weights = { '1.weight': [[[[1], [10]], [[100], [1000]]]], '1.bias': [0.5] };
 * await model.setWeights(weights, { input: { kind: 'vector', size: 6 } });
 * console.log(await model.predict([[1, 2, 3, 4, 5, 6]])); // prints: [ [ 5421.5, 6532.5 ] ]
 * await model.dispose();
 * ```
 */
export const conv2d: LayerMaker<[Conv2dOptions], 'weight' | 'bias'> = defineLayer({
  type: 'conv2d',

  make(options) {
    const {
      filters,
      kernelSize,
      strides = 1,
      padding = 'valid',
      activation = 'linear',
    } = optionsOf('conv2d', options, {
      filters: true,
      kernelSize: true,
      strides: true,
      padding: true,
      activation: true,
    });
    expectWhole('conv2d', 'filters', filters, 1);
    const given = { size: kernelSize, strides, dilation: 1, padding };
    const windows = checkedWindows('conv2d', 'kernelSize', given, ['valid', 'same']);
    const applied = activationOf('conv2d', activation);
    const linear = { filters, kernelSize, strides, padding };
    return {
      config: { ...linear, activation },
      inputs: { x: { kinds: ['vector'] } },
      ...(activation === 'linear' ? {} : { activation: { name: activation, linear: conv2d(linear) } }),
      outputs: ({ x }) => ({ y: overWindows('conv2d', windows, x, filters) }),

      weights({ x }) {
        const [, , channels] = imageShape('conv2d', x);
        const shape = [filters, kernelSize, kernelSize, channels];
        const area = kernelSize ** 2;
        return {
          weight: trainedInParts(shape, function* (key) {
            const { data } = yield* xavier(key, filters, area * channels, filters * area);
            return new Tensor(data, shape);
          }),
          bias: trained([filters], () => bias(filters)),
        };
      },

      run: ({ ops }, weights, { x }) => convolved(ops, windows, applied, weights, x),
    };
  },
});

/** Rows of windows [B H' W',K K C]: a convolution is one product, and zeros stand around an image. */
function convolved(
  ops: Ops,
  windows: ImageWindows,
  { apply, grad }: Activation,
  { weight, bias: added }: LayerWeights<'weight' | 'bias'>,
  x: Batch,
): LayerRun<'weight' | 'bias', 'x', 'y'> {
  const [filters = 0, ...axes] = weight.shape;
  const window = axes.reduce((product, axis) => product * axis, 1);
  const { shape, places } = placeInImages(windows, x.values.shape);
  const count = shape.reduce((product, axis) => product * axis, 1);
  const taken = gatherRows(ops, x.values, places, [places.length]);
  const columns = ops.reshape(taken.y, [count, window]);
  const flat = ops.reshape(weight, [filters, window]);
  const y = apply(ops, ops.project(columns, flat, { bias: added }));
  return {
    outputs: { y: onePerSample(x.batch, ops.reshape(y, [...shape, filters])) },
    backward({ y: dy }) {
      const da = grad(ops, y, ops.reshape(dy, [count, filters]));
      return {
        weights: {
          weight: ops.reshape(ops.projectWeightGrad(da, columns), weight.shape),
          bias: ops.sumRows(da),
        },
        inputs: { x: () => taken.backward(ops.projectInputGrad(da, flat)) },
      };
    },
  };
}
