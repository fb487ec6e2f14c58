/** Convolutions and pools of Keras, over steps and images. */
import { show } from '../../errors.ts';
import { isActivationName } from '../../layers/dense/activation.ts';
import { sizeOf, Tensor } from '../../tensor/tensor.ts';
import type { ConfiguredStage } from '../imported/file-model.ts';
import { Refusal } from '../imported/refusal.ts';
import type { KerasLayer, KerasWeights } from './config/keras-layer.ts';
import { Settings } from './config/settings.ts';
import { activationName, type KerasWriter } from './config/writer.ts';

/** How many axes windows have, by class, and the layer that it is here. */
const CLASSES: ReadonlyMap<string, { readonly axes: 1 | 2; readonly type: string }> = new Map([
  ['Conv1D', { axes: 1, type: 'conv1d' }],
  ['Conv2D', { axes: 2, type: 'conv2d' }],
  ['MaxPooling1D', { axes: 1, type: 'maxPool1d' }],
  ['AveragePooling1D', { axes: 1, type: 'averagePool1d' }],
  ['MaxPooling2D', { axes: 2, type: 'maxPool2d' }],
]);

const SAVE = 'save the model with its weights';

/** What a layer over windows is here. */
export interface WindowStage {
  readonly stages: readonly [ConfiguredStage];
  readonly notes: readonly string[];
}

export function isOverWindows({ className }: KerasLayer): boolean {
  return CLASSES.has(className);
}

/** @throws Refusal when it cannot be had exactly */
export function windowStage(layer: KerasLayer, weights: KerasWeights, writer: KerasWriter): WindowStage {
  const { axes, type } = CLASSES.get(layer.className) as { readonly axes: 1 | 2; readonly type: string };
  const settings = new Settings(layer.config);
  settings.expect('data_format', 'channels_last', 'put the channels last');
  const made = layer.className.startsWith('Conv')
    ? convolution(layer.name, type, settings, axes, weights, writer)
    : pool(layer.name, type, settings, axes);
  settings.done();
  return made;
}

function pool(name: string, type: string, settings: Settings, axes: number): WindowStage {
  const poolSize = sideOf(settings, 'pool_size', axes, 2);
  const strides = sideOf(settings, 'strides', axes, poolSize);
  const padding = paddingOf(settings, ['valid', 'same']);
  return {
    stages: [{ kind: 'configured', name, config: { type, poolSize, strides, padding }, weights: {} }],
    notes: [],
  };
}

function convolution(
  name: string,
  type: string,
  settings: Settings,
  axes: number,
  { tensors, refused }: KerasWeights,
  writer: KerasWriter,
): WindowStage {
  const filters = settings.count('filters');
  const kernelSize = sideOf(settings, 'kernel_size', axes);
  const strides = sideOf(settings, 'strides', axes, 1);
  const dilation = sideOf(settings, 'dilation_rate', axes, 1);
  if (axes === 2 && dilation !== 1) throw new Refusal('dilation_rate 1', show(dilation), 'train it without');
  const padding = paddingOf(settings, axes === 1 ? ['valid', 'same', 'causal'] : ['valid', 'same']);
  settings.expect('groups', 1, 'train it with one group');
  // TensorFlow.js may say how many axes its windows have.
  settings.expect('rank', axes, 'save the model again');
  const hasBias = settings.flag('use_bias', true);
  const activation = activationName(settings.activation('activation', 'linear'), writer);
  if (!isActivationName(activation)) {
    throw new Refusal(`an activation of ${type}()`, show(activation), "write it down: see 'layers of your own'");
  }
  if (refused !== undefined) throw new Refusal('weights in numbers', 'what is no such thing', refused);
  const [kernel, bias] = tensors;
  const shape = [...Array<number>(axes).fill(kernelSize), kernel?.shape.at(-2) ?? 0, filters];
  const wanted = [shape, ...(hasBias ? [[filters]] : [])];
  if (tensors.length !== wanted.length) throw new Refusal('kernel and bias', `${tensors.length} weights`, SAVE);
  for (const [i, one] of wanted.entries()) {
    if (String(tensors[i]?.shape) === String(one) && !one.includes(0)) continue;
    throw new Refusal(`${i === 0 ? 'a kernel' : 'a bias'} of shape [${one}]`, `shape [${tensors[i]?.shape}]`, SAVE);
  }
  const config = { type, filters, kernelSize, strides, ...(axes === 1 ? { dilation } : {}), padding, activation };
  return {
    stages: [
      {
        kind: 'configured',
        name,
        config,
        weights: {
          weight: filtersFirst(kernel as Tensor),
          bias: bias ?? new Tensor(new Float32Array(filters), [filters]),
        },
      },
    ],
    notes: hasBias ? [] : ['it has no bias: it is zeros'],
  };
}

/** [...,F] as [F,...]. */
function filtersFirst(kernel: Tensor): Tensor {
  const before = kernel.shape.slice(0, -1);
  const filters = kernel.shape.at(-1) as number;
  const rows = new Tensor(kernel.toFlat(), [sizeOf(before), filters]).swapFirstAxes();
  return new Tensor(rows.toFlat(), [filters, ...before]);
}

/** A number, or a list of one for each axis, which are all the same here. @throws Refusal for others, and where it is needed and missing */
function sideOf(settings: Settings, name: string, axes: number, usual?: number): number {
  const value = settings.get(name) ?? usual;
  const sides: readonly unknown[] = Array.isArray(value) ? value : [value];
  const [side] = sides;
  const isOne = sides.length === 1 || sides.length === axes;
  if (isOne && Number.isSafeInteger(side) && (side as number) >= 1 && sides.every((other) => other === side)) {
    return side as number;
  }
  throw new Refusal(`one whole number from 1 as ${name}`, show(value), 'train it with windows of equal sides');
}

/** @throws Refusal for one that is none here */
function paddingOf(settings: Settings, allowed: readonly string[]): string {
  const value = settings.get('padding') ?? 'valid';
  if (typeof value === 'string' && allowed.includes(value)) return value;
  throw new Refusal(`padding of ${allowed.map(show).join(' or ')}`, show(value), 'train it with one of them');
}
