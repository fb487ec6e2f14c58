import { Tensor } from '../../../tensor/tensor.ts';
import type { ImportedDense, ImportedEmbedding } from '../../imported/imported-layer.ts';
import { Refusal } from '../../imported/refusal.ts';
import type { KerasLayer, KerasWeights } from './keras-layer.ts';
import { Settings } from './settings.ts';
import { activationName, type KerasWriter } from './writer.ts';

/** Keras pads with 0 where an Embedding masks anything. */
const PADDING = 0;

/** @throws Refusal when it cannot be had exactly */
export function embeddingLayer({ name, config }: KerasLayer, { tensors }: KerasWeights): ImportedEmbedding {
  const settings = new Settings(config);
  const [vocabulary, units] = [settings.count('input_dim'), settings.count('output_dim')];
  const masks = settings.flag('mask_zero', false);
  settings.expect('sparse', false, 'save it as Embedding');
  settings.get('lora_rank');
  settings.done();
  const [weight] = tensors;
  expectShapes(tensors, [[vocabulary, units]], ['embeddings']);
  return {
    kind: 'embedding',
    name,
    facts: { vocabulary, units, ...(masks ? { padding: PADDING } : {}) },
    weights: { weight: weight as Tensor },
    notes: [],
  };
}

/** @throws Refusal when it cannot be had exactly */
export function denseLayer(
  { name, config }: KerasLayer,
  { tensors }: KerasWeights,
  writer: KerasWriter,
): { readonly layer: ImportedDense; readonly activation: string } {
  const settings = new Settings(config);
  const units = settings.count('units');
  const bias = settings.flag('use_bias', true);
  const activation = activationName(settings.activation('activation', 'linear'), writer);
  settings.done();
  const inputSize = tensors[0]?.shape[0] ?? 0;
  expectShapes(tensors, [[inputSize, units], ...(bias ? [[units]] : [])], ['kernel', 'bias']);
  const [kernel, biases] = tensors as readonly [Tensor, Tensor?];
  return {
    layer: {
      kind: 'dense',
      name,
      facts: { inputSize, units, bias, activation },
      weights: {
        weight: kernel.swapFirstAxes(),
        bias: biases ?? new Tensor(new Float32Array(units), [units]),
      },
      notes: bias ? [] : ['it has no bias: it is zeros'],
    },
    activation,
  };
}

function expectShapes(
  tensors: KerasWeights['tensors'],
  shapes: readonly (readonly number[])[],
  names: readonly string[],
): void {
  if (tensors.length !== shapes.length || tensors.includes(undefined)) {
    throw new Refusal(
      names.slice(0, shapes.length).join(' and '),
      `${tensors.length} weights`,
      'save the model with its weights',
    );
  }
  for (const [i, shape] of shapes.entries()) {
    const came = tensors[i]?.shape;
    if (String(came) === String(shape) && !shape.includes(0)) continue;
    throw new Refusal(`${names[i]} of shape [${shape}]`, `shape [${came}]`, 'save the model with its weights');
  }
}
