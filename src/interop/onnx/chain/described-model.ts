/** A whole model of this package in a graph: its nodes alone do not tell its layers, what they drop, and their padding. */
import { isPlain } from '../../../checks.ts';
import type { Layer } from '../../../layers/layer.ts';
import type { Signature, SignatureLike } from '../../../layers/signature.ts';
import { sizeOf, Tensor } from '../../../tensor/tensor.ts';
import { crc32 } from '../../archives/crc32.ts';
import type { TensorFile } from '../../format.ts';
import type { FileModel, Stage } from '../../imported/file-model.ts';
import { Refusal } from '../../imported/refusal.ts';
import type { OnnxGraph, Tensors } from '../graph/graph.ts';
import { Constants } from '../layers/constants.ts';
import { OPERATORS, recurrentOp } from '../layers/recurrent-op.ts';
import { Scope } from '../layers/scope.ts';

/** Where a file of this package says what its layers are. */
export const MODEL_DESCRIPTION = 'keepgate.model';

/** What is described. */
export interface ModelDescription {
  readonly layers: readonly Layer['config'][];
  readonly input: Signature;
  /** What the graph ends with, that the last layer does not do. */
  readonly link: string;
  /** What stands before the names of weights in the file, where it is not the number of their layer: '' of a layer on its own. */
  readonly isLone: boolean;
  /** How many updates made the weights: rates that change with them are others in the beginning. */
  readonly updates: number;
  /** All weights by path. */
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** The words of a file. @param tensors those of the file: weights that no node has, such as learned rates, are in the words */
export function describeModel(model: ModelDescription, graph: OnnxGraph, tensors: Tensors): string {
  const { layers, input, link, isLone, updates } = model;
  const found = weightsByPath(graph, tensors, isLone);
  const more = [...model.weights]
    .map(([path, value]) => [isLone ? `0.${path}` : path, value] as const)
    .filter(([path]) => !found.has(path))
    .map(([path, value]) => [path, value.shape, Array.from(value.toFlat())]);
  return JSON.stringify({ layers, input, link, isLone, updates, more, nodes: digestOf(graph) });
}

/** As long as the words of a file may be, and the layers in it many. */
const [MOST_WORDS, MOST_LAYERS] = [1_000_000, 1000];

/** The model that a file describes; undefined where it does not, or its nodes are no longer those that were described. */
export function describedModel({ config, tensors }: TensorFile, graph: OnnxGraph): FileModel | undefined {
  const { metadata } = Object(config) as { metadata?: unknown };
  const text = isPlain(metadata) ? metadata[MODEL_DESCRIPTION] : undefined;
  if (typeof text !== 'string' || text.length > MOST_WORDS) return undefined;
  const said = parsed(text);
  if (!isPlain(said) || said.nodes !== digestOf(graph)) return undefined;
  const { layers, input, link, isLone, updates = 0 } = said;
  const isKnown = Array.isArray(layers) && layers.length <= MOST_LAYERS && layers.every(isPlain) && isPlain(input);
  if (!isKnown || !isCount(updates)) return undefined;
  const weights = weightsOrNone(graph, tensors, isLone === true);
  if (!weights) return undefined;
  for (const [path, value] of moreOf(said.more)) weights.set(path, value);
  const stages = layers.map((layer, i): Stage => {
    const prefix = `${i}.`;
    const ofLayer = [...weights].filter(([path]) => path.startsWith(prefix));
    return {
      kind: 'configured',
      name: `${i}`,
      config: layer as Readonly<Record<string, unknown>>,
      weights: Object.fromEntries(ofLayer.map(([path, value]) => [path.slice(prefix.length), value])),
    };
  });
  if (typeof link === 'string' && link !== 'linear') stages.push({ kind: 'activation', name: link, activation: link });
  return { stages, refused: [], notes: [], updates, input: input as unknown as SignatureLike };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What nodes do, in a number: whoever changed one of them in a file did not change the words. */
function digestOf({ nodes, inputs, outputs }: OnnxGraph): number {
  const names = [inputs, outputs].map((values) => values.map(({ name }) => name));
  return crc32(new TextEncoder().encode(JSON.stringify([nodes, names])));
}

/** Undefined where an operator cannot be had: its node says why. */
function weightsOrNone(graph: OnnxGraph, tensors: Tensors, isLone: boolean): Map<string, Tensor> | undefined {
  try {
    return weightsByPath(graph, tensors, isLone);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Weights by the paths that a model has for them: those of operators are taken apart. */
function weightsByPath(graph: OnnxGraph, tensors: Tensors, isLone: boolean): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  const add = (name: string, value: Tensor): void => void weights.set(isLone ? `0.${name}` : name, value);
  const scope = new Scope(graph);
  const constants = new Constants(tensors);
  for (const node of graph.nodes) {
    const [, prefix, layer] = /^(.*)W(_l\d+)$/.exec(node.inputs[1] ?? '') ?? [];
    if (prefix === undefined || layer === undefined || !Object.hasOwn(OPERATORS, node.op)) continue;
    for (const [name, value] of Object.entries(recurrentOp(scope, node, constants).weights)) {
      add(prefix + name.replace('_l0', layer), value);
    }
  }
  const names = isLone ? /^(weight|bias)_[ih]h_l\d+(_reverse)?$/ : /^\d+\.(?![WRB]_l\d+$)/;
  for (const [name, value] of Object.entries(tensors)) if (names.test(name)) add(name, value);
  return weights;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else's words.
    return undefined;
  }
}

function moreOf(said: unknown): readonly (readonly [string, Tensor])[] {
  if (!Array.isArray(said)) return [];
  return said.flatMap((entry: unknown) => {
    const [path, shape, data] = Array.isArray(entry) ? (entry as unknown[]) : [];
    const isList = (value: unknown): value is number[] =>
      Array.isArray(value) && value.every((one) => typeof one === 'number');
    if (typeof path !== 'string' || !isList(shape) || !isList(data) || sizeOf(shape) !== data.length) return [];
    return [[path, new Tensor(Float64Array.from(data), shape)] as const];
  });
}
