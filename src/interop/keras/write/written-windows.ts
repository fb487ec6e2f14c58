/** Convolutions and pools as Keras has them, over steps and images. */
import type { Layer } from '../../../layers/layer.ts';
import { sizeOf, Tensor } from '../../../tensor/tensor.ts';
import { transposed } from './gate-blocks.ts';
import { activationIn, refused, type WrittenLayer, type Writing } from './writing.ts';

/** What a layer over windows is there: how many axes they have. */
const CLASSES: Readonly<Record<string, { readonly className: string; readonly axes: 1 | 2 }>> = {
  conv1d: { className: 'Conv1D', axes: 1 },
  conv2d: { className: 'Conv2D', axes: 2 },
  maxPool1d: { className: 'MaxPooling1D', axes: 1 },
  averagePool1d: { className: 'AveragePooling1D', axes: 1 },
  maxPool2d: { className: 'MaxPooling2D', axes: 2 },
};

/** Its class, settings and weights. @throws ModelError where the other program has none such */
export function windowsOf(
  writing: Writing,
  who: string,
  i: number,
  config: Layer['config'],
): readonly [className: string, options: Readonly<Record<string, unknown>>, weights: WrittenLayer['weights']] {
  const { className, axes } = CLASSES[config.type] as (typeof CLASSES)[string];
  const sides = (size: unknown): readonly unknown[] => Array(axes).fill(size);
  const { padding, strides } = config;
  const placed = { strides: sides(strides), padding, data_format: 'channels_last' };
  if (config.poolSize !== undefined) {
    return [className, Object.assign({ pool_size: sides(config.poolSize) }, placed), []];
  }
  if (padding === 'causal' && writing.dialect === 'tfjs') {
    throw refused(who, 'padding that is not causal', 'causal', 'TensorFlow.js has none such; export it to Keras');
  }
  const { filters, kernelSize, dilation = 1 } = config;
  const settings = {
    filters,
    kernel_size: sides(kernelSize),
    dilation_rate: sides(dilation),
    ...(writing.dialect === 'keras' ? { groups: 1 } : {}),
    activation: activationIn(writing.dialect, who, config.activation),
    use_bias: true,
  };
  const weights = [
    ['kernel', filtersLast(writing.weight(`${i}.weight`))] as const,
    ['bias', writing.weight(`${i}.bias`)] as const,
  ];
  return [className, Object.assign(settings, placed), weights];
}

/** [F,...] as [...,F]. */
function filtersLast({ data, shape: [filters = 0, ...rest] }: Tensor): Tensor {
  return new Tensor(transposed(new Tensor(data, [filters, sizeOf(rest)]), [0]).data, [...rest, filters]);
}
