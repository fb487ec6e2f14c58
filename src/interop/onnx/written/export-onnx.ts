import { expectBoolean } from '../../../checks.ts';
import { ModelError, OptionError } from '../../../errors.ts';
import type { Layer } from '../../../layers/layer.ts';
import { Recurrent } from '../../../layers/recurrent/recurrent.ts';
import { kindOf, type Signature, sequence } from '../../../layers/signature.ts';
import { expectSites, resolveScheme, rulesAt, type SchemeLike, type SiteRule } from '../../../masks/scheme.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type ExportableModel, exportedModel, narrowed, weightsOfLayer } from '../../exported/exportable-model.ts';
import { modelParts } from '../../exported/model-parts.ts';
import { describeModel, MODEL_DESCRIPTION } from '../chain/described-model.ts';
import { readModelProto } from '../graph/read-model.ts';
import { makeTensor } from '../graph/tensor-proto.ts';
import { MemoryBudget } from '../memory-budget.ts';
import { MessageWriter } from '../protobuf/message-writer.ts';
import { type Stage, stageOfLayer, stagesOf } from './stages.ts';
import { type OnnxModel, writeOnnx } from './write-onnx.ts';

/** How a graph of ONNX is written. */
export interface OnnxOptions {
  /** Whether each mask is an input of the graph, see `onnxMasks`; else the graph is that of evaluation. False when left out. */
  readonly masks?: boolean;
  /** Whether the valid steps of each sample are an input, `lengths` [B] of int32: false when left out, but where an embedding names an id of padding. */
  readonly lengths?: boolean;
  /** What a layer that `recurrent()` gives drops; those of models have their schemes. Nothing when left out. */
  readonly scheme?: SchemeLike;
}

/** A model as stages, and what is known of it besides. */
export interface StagedModel {
  readonly stages: readonly Stage[];
  readonly input: Signature;
  readonly link: OnnxModel['link'];
  readonly updates: number;
  /** What made its layers. */
  readonly configs: readonly Layer['config'][];
  /** Whether it is a recurrent layer on its own. */
  readonly isLone: boolean;
  /** All weights by path, also learned rates. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** @throws OptionError, SiteError or ModelError for what cannot be written */
export async function exportOnnx(
  modelOrLayer: ExportableModel | Recurrent,
  { masks = false, lengths = false, scheme }: OnnxOptions,
): Promise<Uint8Array> {
  expectBoolean('exportModel', 'masks', masks);
  expectBoolean('exportModel', 'lengths', lengths);
  const model = await stagedModel('exportModel', modelOrLayer, scheme);
  const bytes = writeOnnx({ ...model, masks, lengths, metadata: metadataOf(model, masks) });
  return described(bytes, model);
}

/** The file with what its layers are, which is of the nodes that are in it. */
function described(bytes: Uint8Array, { configs, input, link, isLone, updates, weights }: StagedModel): Uint8Array {
  const { config, tensors } = readModelProto(bytes, new MemoryBudget());
  const made: Record<string, Tensor> = Object.create(null);
  for (const [name, proto] of tensors) {
    const value = makeTensor(proto, proto.data as Uint8Array);
    if ('tensor' in value) made[name] = value.tensor;
  }
  const words = describeModel({ layers: configs, input, link, isLone, updates, weights }, config.graph, made);
  const entry = new MessageWriter().text(1, MODEL_DESCRIPTION).text(2, words);
  const more = new MessageWriter().message(14, entry).toBytes();
  const file = new Uint8Array(bytes.length + more.length);
  file.set(bytes);
  file.set(more, bytes.length);
  return file;
}

/** @throws OptionError, SiteError or ModelError for what is no model that has weights */
export async function stagedModel(
  who: string,
  modelOrLayer: ExportableModel | Recurrent,
  scheme: SchemeLike | undefined,
): Promise<StagedModel> {
  if (modelOrLayer instanceof Recurrent) {
    const weights = new Map(narrowed(weightsOfLayer(modelOrLayer)));
    const rules = resolveScheme(scheme ?? []);
    expectSites(rules, modelOrLayer.cell.name, modelOrLayer.cell.sites);
    const stages = [stageOfLayer(modelOrLayer, Object.fromEntries(weights), rules)];
    const { configs } = await modelParts(modelOrLayer);
    const dropping = configs.map((config) => withScheme(config, rules));
    const input = sequence(modelOrLayer.inputSize);
    return { stages, input, link: 'linear', updates: 0, configs: dropping, isLone: true, weights };
  }
  if (scheme !== undefined) {
    throw new OptionError(
      `${who}: a scheme was expected with a layer of recurrent() alone, but it came with a model; its layers have theirs`,
    );
  }
  const { layers, weights: found, input, loss, updates } = await exportedModel(modelOrLayer);
  const weights = new Map(narrowed(found));
  const stages = stagesOf(layers, weights);
  if (!input || kindOf(input) === 'id') {
    throw new ModelError(
      `${who}: a model that knows what goes in was expected, but this one does not; call fit() or build()`,
    );
  }
  const configs = layers.map(({ config, isFrozen }) => (isFrozen ? { type: 'frozen', layer: config } : config));
  // Who ends in the link of its loss does it once.
  const link = loss && loss.link !== layers.at(-1)?.config.activation ? loss.link : 'linear';
  return { stages, input, link, updates, configs, isLone: false, weights };
}

function withScheme(config: Layer['config'], dropout: readonly SiteRule[]): Layer['config'] {
  return config.type === 'bidirectional'
    ? { ...config, layer: { ...Object(config.layer), dropout } }
    : { ...config, dropout };
}

/** What a file says of its recurrent layers besides its nodes: these may be the steps of a Scan, which say less. */
function metadataOf({ stages, updates }: StagedModel, masks: boolean): Record<string, string> {
  const layers = stages.flatMap((stage) => {
    if (stage.kind !== 'recurrent') return [];
    const { name, cell, activations, units, inputSize, layers: count, directions, prefix, rules, weights } = stage;
    return [
      {
        prefix,
        cell: name,
        ...(name === 'gru' ? { resetAfter: cell.products.length === 1 } : {}),
        ...(name === 'rnn' ? { activation: activations.activation } : activations),
        inputSize,
        hiddenSize: units,
        layers: count,
        bidirectional: directions === 2,
        bias: Object.hasOwn(weights, 'bias_ih_l0'),
        // Without masks the rates are those of now, as in the nodes.
        ...(masks ? { scheme: rules } : { evaluation: rulesAt(rules, updates) }),
      },
    ];
  });
  return layers.length === 0 ? {} : { 'keepgate.recurrent': JSON.stringify(layers) };
}
