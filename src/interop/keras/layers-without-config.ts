import type { Tensor } from '../../tensor/tensor.ts';
import type { TensorFile } from '../format.ts';
import type { FileLayers } from '../imported/imported-layer.ts';
import type { KerasLayer, KerasWeights } from './config/keras-layer.ts';
import { kerasModel } from './config/keras-model.ts';
import { layerGroups, weightsByName } from './weights-by-layer.ts';

const UNSAID = 'the file has weights alone: its activations are taken to be tanh and sigmoid, and that it goes forward';

/**
 * The layers of a file of weights: what they are is told by how many weights they have, and of which shapes. What no shape tells is
 * taken to be as Keras has it when nobody says otherwise, with a note.
 * @param lists the names of tensors by layer, of a legacy file
 */
export function layersWithoutConfig(file: TensorFile, lists: unknown): FileLayers {
  const names = [...Object.keys(file.tensors), ...Object.keys(file.refused)];
  const groups = lists === undefined ? Object.fromEntries(layerGroups(names)) : Object(lists);
  const find = weightsByName(file, groups);
  const layers = Object.keys(groups).flatMap((name) => layerOf(name, find({ className: '', name, config: {} })) ?? []);
  const { layers: found } = kerasModel({ layers, chain: layers }, find, 'keras-3');
  return {
    ...found,
    layers: found.layers.map((layer) =>
      layer.kind === 'recurrent' ? { ...layer, notes: [...layer.notes, UNSAID] } : layer,
    ),
  };
}

/** The config that fits weights; undefined for those of another layer. */
function layerOf(name: string, { names, tensors }: KerasWeights): KerasLayer | undefined {
  const shapes = tensors.map((tensor: Tensor | undefined) => tensor?.shape ?? []);
  const [first = [], second = []] = shapes;
  const layer = (className: string, config: Record<string, unknown>): KerasLayer => ({
    className,
    name,
    config: { ...config, name },
  });
  if (second.length === 2) {
    const both = shapes.length >= 4;
    const perLane = shapes.length / (both ? 2 : 1);
    const [units = 0, width = 0] = second;
    const className = { 4: 'LSTM', 3: 'GRU', 1: 'SimpleRNN' }[width / units];
    const bias = shapes[2] ?? [];
    if (className === undefined) return undefined;
    const config = {
      units,
      use_bias: perLane > 2,
      ...(className === 'GRU' ? { reset_after: perLane === 2 || bias.length === 2 || bias[0] === 2 * width } : {}),
    };
    return both
      ? layer('Bidirectional', { merge_mode: 'concat', layer: { class_name: className, config } })
      : layer(className, config);
  }
  if (first.length !== 2 || shapes.length > 2 || second.length > 1) return undefined;
  const isTable = shapes.length === 1 && /embedding/i.test(`${names[0]} ${name}`);
  const [rows, columns] = first;
  return isTable
    ? layer('Embedding', { input_dim: rows, output_dim: columns })
    : layer('Dense', { units: columns, use_bias: shapes.length === 2 });
}
