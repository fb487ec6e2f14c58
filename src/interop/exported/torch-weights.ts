import type { Cell } from '../../cells/cell.ts';
import { type CellName, type CellOptions, cellOf } from '../../cells/cells.ts';
import { ModelError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import { Recurrent } from '../../layers/recurrent/recurrent.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type ExportableModel, exportedModel, narrowed, weightsOfLayer } from './exportable-model.ts';

type Weights = readonly (readonly [path: string, Tensor])[];

/** Layers whose weights have the names and layouts of a module of PyTorch, and those that have none. */
const SAME_IN_PYTORCH = new Set(
  [
    ['embedding', 'dense', 'lstm', 'gru', 'rnn', 'bidirectional', 'layerNorm', 'batchNorm'],
    ['dropout', 'pooling', 'allSteps', 'maxPool1d', 'averagePool1d', 'reverse', 'repeatVector', 'lastStates'],
  ].flat(),
);

/** The weights of a layer that PyTorch has as well; learned dropout rates are none of them. */
const WEIGHT = /(^|\.)((weight|bias)(_(ih|hh)_l\d+(_reverse)?)?|running_mean|running_var)$/;

/**
 * The state dict of a nn.Sequential of the same layers, or of a recurrent module. nn.BatchNorm1d counts its batches besides, which is of use
 * where its momentum is None.
 * @throws ModelError for a layer or a cell that PyTorch has not
 */
export async function torchWeights(value: ExportableModel | Recurrent): Promise<Weights> {
  if (value instanceof Recurrent) {
    const strange = strangeCell(value.config);
    if (strange !== undefined) throw noSuchCell(`the layer of ${show(strange)}`);
    return narrowed(weightsOfLayer(value));
  }
  const { layers, weights, updates } = await exportedModel(value);
  const counters = layers.flatMap(({ config }, i) => {
    const who = `layer ${i} (${String(config.type)})`;
    if (!SAME_IN_PYTORCH.has(config.type)) {
      throw new ModelError(
        `exportModel: layers whose weights a module of PyTorch has, by name and layout, were expected, but ${who} came; export it to 'safetensors', which has the names of this package`,
      );
    }
    const strange = strangeCellOf(config);
    if (strange !== undefined) throw noSuchCell(`${who} of ${show(strange)}`);
    const counted = new Tensor(Int32Array.of(updates), []);
    return config.type === 'batchNorm' ? [[`${i}.num_batches_tracked`, counted] as const] : [];
  });
  return [...narrowed(weights.filter(([name]) => WEIGHT.test(name))), ...counters];
}

/** All weights of any layers, and a note of each cell that PyTorch, which has the same names, would take for another. */
export async function anyWeights(
  value: ExportableModel | Recurrent,
): Promise<{ readonly weights: Weights; readonly notes: readonly string[] }> {
  if (value instanceof Recurrent) {
    return { weights: weightsOfLayer(value), notes: notesOf('the layer', strangeCell(value.config)) };
  }
  const { layers, weights } = await exportedModel(value);
  const notes = layers.flatMap(({ config }, i) =>
    notesOf(`layer ${i} (${String(config.type)})`, strangeCellOf(config)),
  );
  return { weights, notes };
}

function notesOf(who: string, strange: string | undefined): string[] {
  return strange === undefined
    ? []
    : [`${who} is of ${show(strange)}, which weights do not tell: who reads them has to know it`];
}

function strangeCellOf(config: Layer['config']): string | undefined {
  const inside: Layer['config'] = config.type === 'bidirectional' ? Object(config.layer) : config;
  return ['lstm', 'gru', 'rnn'].includes(inside.type)
    ? strangeCell({ cell: inside.type as CellName, ...(inside as CellOptions) })
    : undefined;
}

/** The name of a cell that PyTorch has not. */
function strangeCell({ cell, ...options }: { readonly cell: CellName | Cell } & CellOptions): string | undefined {
  const { resetAfter = true, activation = 'tanh', recurrentActivation = 'sigmoid', normalization } = options;
  const isUsual = activation === 'tanh' && recurrentActivation === 'sigmoid';
  const isPlain = resetAfter && isUsual && normalization === undefined;
  if (typeof cell === 'string' && (isPlain || (cell === 'rnn' && activation === 'relu'))) return undefined;
  return typeof cell === 'string' ? cellOf(cell, options).name : cell.name;
}

function noSuchCell(came: string): ModelError {
  return new ModelError(
    `exportModel: a cell of lstm, gru (reset after the product) or rnn (tanh or relu) was expected, but ${came} came; PyTorch has none such`,
  );
}
