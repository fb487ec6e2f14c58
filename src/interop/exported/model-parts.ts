import { ModelError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { Recurrent } from '../../layers/recurrent/recurrent.ts';
import type { Signature } from '../../layers/signature.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type ExportableModel, exportedModel, weightsOfLayer } from './exportable-model.ts';

/** What files are written of. */
export interface ModelParts {
  /** What made its layers; a recurrent layer on its own is a model of one, which hands on all steps. */
  readonly configs: readonly Layer['config'][];
  /** Which of them no training moves. */
  readonly frozen: ReadonlySet<number>;
  readonly input: Signature | null;
  /** What predictions have that the last layer has not: 'softmax', 'sigmoid', or 'linear' for nothing. */
  readonly link: string;
  /** By path: `0.weight_ih_l0`. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** @throws OptionError for what is no model; ModelError when it has no weights yet, or a cell of one's own */
export async function modelParts(value: ExportableModel | Recurrent): Promise<ModelParts> {
  if (value instanceof Recurrent) return partsOfRecurrent(value);
  const { layers, input, loss, weights } = await exportedModel(value);
  const configs = layers.map(({ config }) => config);
  const end = configs.at(-1)?.activation ?? 'linear';
  const link = loss && loss.link !== end ? loss.link : 'linear';
  const frozen = new Set(layers.flatMap(({ isFrozen }, i) => (isFrozen ? [i] : [])));
  return { configs, frozen, input, link, weights: new Map(weights) };
}

function partsOfRecurrent(layer: Recurrent): ModelParts {
  const { cell, inputSize, hiddenSize, bidirectional, ...options } = layer.config;
  if (typeof cell !== 'string') {
    throw new ModelError(
      `exportModel: a cell of lstm, gru or rnn was expected, but the layer of ${show(layer.cell.name)} came; no other program has it`,
    );
  }
  const config = { type: cell, units: hiddenSize, returnSequences: true, ...options };
  return {
    configs: [bidirectional ? { type: 'bidirectional', layer: config } : config],
    frozen: new Set(),
    input: { over: 'time', dtype: 'numbers', shape: [inputSize] },
    link: 'linear',
    weights: new Map(weightsOfLayer(layer).map(([name, tensor]) => [`0.${name}`, tensor] as const)),
  };
}
