import { type ElementwiseActivation, USUAL } from '../../../cells/activations.ts';
import type { Cell } from '../../../cells/cell.ts';
import { type CellName, type CellOptions, cellConfigOf, cellOf } from '../../../cells/cells.ts';
import { ModelError, show } from '../../../errors.ts';
import type { PoolingKind } from '../../../layers/pooling/pooling.ts';
import type { Recurrent } from '../../../layers/recurrent/recurrent.ts';
import { resolveScheme, type SchemeLike, type SiteRule } from '../../../masks/scheme.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { factsOf } from '../../imported/recurrent-from-facts.ts';
import type { ExportedLayer } from '../../exported/exportable-model.ts';
import type { MaskSizes } from './mask-factors.ts';
import type { RecurrentStage } from '../nodes/recurrent-nodes.ts';

/** A layer of a model as it is written. */
export type Stage = (
  | ({ readonly kind: 'recurrent'; readonly returnSequences: boolean } & RecurrentStage)
  | {
      readonly kind: 'embedding';
      readonly rules: readonly SiteRule[];
      readonly weight: Tensor;
      readonly unknown: number | undefined;
      readonly padding: number | undefined;
    }
  | {
      readonly kind: 'dense';
      readonly weight: Tensor;
      readonly bias: Tensor;
      readonly activation: ElementwiseActivation | 'softmax';
    }
  | ({ readonly kind: 'normalisation' } & Normalisation)
  | { readonly kind: 'dropout'; readonly rules: readonly SiteRule[] }
  | { readonly kind: 'pooling'; readonly over: PoolingKind }
) & {
  /** Its number in the model; undefined for a recurrent layer on its own. */
  readonly layer: number | undefined;
};

/** (x - mean) / sqrt(variance + epsilon) weight + bias: by the row's own moments, or by those that are given. */
export interface Normalisation {
  readonly weight: Tensor;
  readonly bias: Tensor;
  readonly moments: { readonly mean: Tensor; readonly variance: Tensor } | null;
  readonly epsilon: number;
}

const CELLS = new Set(['lstm', 'gru', 'rnn']);

/**
 * What is written of each layer of a model.
 * @param weights of all layers by path
 * @throws ModelError for another layer, by its name
 */
export function stagesOf(layers: readonly ExportedLayer[], weights: ReadonlyMap<string, Tensor>): readonly Stage[] {
  return layers.map((layer, i) => {
    const ofLayer = Object.fromEntries(
      [...weights].flatMap(([path, value]) =>
        path.startsWith(`${i}.`) ? [[path.slice(`${i}.`.length), value] as const] : [],
      ),
    );
    return stageOf(layer, i, ofLayer);
  });
}

function stageOf({ config, scheme = [] }: ExportedLayer, i: number, weights: Readonly<Record<string, Tensor>>): Stage {
  const { type } = config;
  const rules = resolveScheme(scheme);
  if (type === 'bidirectional' || CELLS.has(type)) {
    const inner = (type === 'bidirectional' ? config.layer : config) as Readonly<Record<string, unknown>>;
    const { returnSequences } = inner;
    const stage = recurrentStage(inner, type === 'bidirectional' ? 2 : 1, rules, weights, `${i}.`);
    return { kind: 'recurrent', layer: i, returnSequences: returnSequences === true, ...stage };
  }
  if (type === 'embedding') {
    const { unknown, padding } = config as { unknown?: number; padding?: number };
    return { kind: 'embedding', layer: i, rules, weight: weights.weight as Tensor, unknown, padding };
  }
  if (type === 'dense') {
    const { weight, bias } = weights as Readonly<Record<'weight' | 'bias', Tensor>>;
    return {
      kind: 'dense',
      layer: i,
      weight,
      bias,
      activation: config.activation as ElementwiseActivation | 'softmax',
    };
  }
  if (type === 'layerNorm' || type === 'batchNorm') {
    const { weight, bias, running_mean: mean, running_var: variance } = weights as Readonly<Record<string, Tensor>>;
    const moments = mean && variance ? { mean, variance } : null;
    const found = { weight: weight as Tensor, bias: bias as Tensor, moments, epsilon: config.epsilon as number };
    return { kind: 'normalisation', layer: i, ...found };
  }
  if (type === 'dropout') return { kind: 'dropout', layer: i, rules };
  if (type === 'pooling') return { kind: 'pooling', layer: i, over: config.over as PoolingKind };
  throw new ModelError(
    `exportModel: an embedding, a recurrent, dense, dropout, pooling, layerNorm or batchNorm layer was expected, but layer ${i} (${show(type)}) came; no other is written to ONNX, export its weights to 'safetensors'`,
  );
}

function recurrentStage(
  config: Readonly<Record<string, unknown>>,
  directions: 1 | 2,
  rules: readonly SiteRule[],
  weights: Readonly<Record<string, Tensor>>,
  prefix: string,
): RecurrentStage {
  const name = config.type as CellName;
  const { resetAfter, activation, recurrentActivation, normalization } = config as CellOptions;
  const cell = cellOf(name, { resetAfter, activation, recurrentActivation, normalization });
  expectNotNormalised(cell, `layer ${prefix.replace('.', '')} (${directions === 2 ? 'bidirectional' : name})`);
  return {
    cell,
    name,
    activations: { ...USUAL, ...cellConfigOf({ activation, recurrentActivation }) },
    units: config.units as number,
    inputSize: weights.weight_ih_l0?.shape[1] ?? 0,
    layers: config.layers as number,
    directions,
    rules,
    weights,
    prefix,
  };
}

/**
 * A recurrent layer on its own.
 * @param weights with their lanes in their names
 * @throws ModelError for a cell of somebody's own
 */
export function stageOfLayer(layer: Recurrent, weights: Readonly<Record<string, Tensor>>, scheme: SchemeLike): Stage {
  const { cell, inputSize, hiddenSize } = layer;
  const facts = factsOf(layer);
  if (!facts) {
    throw new ModelError(
      `exportModel: a cell of lstm, gru or rnn was expected, but ${show(cell.name)} came; ONNX has no operator for one of your own`,
    );
  }
  expectNotNormalised(cell, 'the layer');
  const { activation, recurrentActivation = USUAL.recurrentActivation } = facts;
  return {
    kind: 'recurrent',
    layer: undefined,
    returnSequences: true,
    cell,
    name: facts.cell,
    activations: { activation, recurrentActivation },
    units: hiddenSize,
    inputSize,
    layers: facts.layers,
    directions: facts.bidirectional ? 2 : 1,
    rules: resolveScheme(scheme),
    weights,
    prefix: '',
  };
}

/** @throws ModelError for a cell that normalises its pre-activations */
function expectNotNormalised(cell: Cell, who: string): void {
  if (!cell.inputRows) return;
  throw new ModelError(
    `exportModel: a cell without normalization was expected, but ${who} of ${show(cell.name)} came; no such cell is written to ONNX, export its weights to 'safetensors'`,
  );
}

/** The size of a row behind a stage, from that before it. */
export function widthAfter(stage: Stage, width: number): number {
  if (stage.kind === 'recurrent') return stage.directions * stage.units;
  if (stage.kind === 'dense') return stage.weight.shape[0] ?? 0;
  return stage.kind === 'embedding' ? (stage.weight.shape[1] ?? 0) : width;
}

/** The sizes of the masks of a layer without gates. */
export function rowSizes(width: number): MaskSizes {
  return { inputSize: width, hiddenSize: width, gates: 1 };
}
