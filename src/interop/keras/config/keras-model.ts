/** From layers of a config and their weights to layers of this package: what TensorFlow.js writes as well. */
import type { FileModel, Stage } from '../../imported/file-model.ts';
import type { FileLayers, ImportedLayer, RefusedLayer } from '../../imported/imported-layer.ts';
import { Refusal } from '../../imported/refusal.ts';
import { type KerasConfig, type KerasLayer, type KerasWeights, own, trainingOf } from './keras-layer.ts';
import { denseLayer, embeddingLayer } from './dense-and-embedding.ts';
import { normalisationStage } from '../normalisation.ts';
import { isOverWindows, windowStage } from '../window-stages.ts';
import { isRecurrent, recurrentConfig } from './recurrent-config.ts';
import { recurrentLayer } from './recurrent-layer.ts';
import { plainStage } from './plain-stages.ts';
import type { KerasWriter } from './writer.ts';

/** What a config and its weights are here. */
export interface KerasModel {
  readonly layers: FileLayers;
  readonly model: FileModel;
}

/**
 * @param weightsOf the weights of a layer: found by its place among the others, since names differ
 */
export function kerasModel(
  { layers, chain }: KerasConfig,
  weightsOf: (layer: KerasLayer) => KerasWeights,
  writer: KerasWriter,
): KerasModel {
  const found = new Map(layers.map((layer) => [layer, outcomeOf(layer, weightsOf(layer), writer)] as const));
  const isChain = 'length' in chain;
  const order = isChain ? chain : layers;
  const refusedIn = (some: readonly KerasLayer[], kind: 'layer' | 'stage'): RefusedLayer[] =>
    some.flatMap((layer) => {
      const refused = found.get(layer)?.refused;
      return refused?.[kind] ? [{ name: layer.name, reason: refused.reason }] : [];
    });
  const made = order.flatMap((layer) => found.get(layer)?.stages ?? []);
  const input = inputOf(order, made);
  return {
    layers: {
      layers: layers.flatMap((layer) => {
        const { layer: made, refused } = found.get(layer) ?? {};
        return made && !refused?.layer ? [made] : [];
      }),
      refused: refusedIn(layers, 'layer'),
      others: layers.flatMap((layer) => (isOther(found.get(layer)) ? weightsOf(layer).names : [])),
    },
    model: {
      stages: isChain && made.length > 0 ? [...input.stages, ...made] : [],
      refused: [...(isChain ? [] : [chain]), ...refusedIn(order, 'stage')],
      ...input.said,
      notes: [
        ...input.notes,
        ...order.flatMap((layer) => (found.get(layer)?.notes ?? []).map((note) => `${layer.name}: ${note}`)),
      ],
    },
  };
}

/** What the first layer says of the shape of an input, the batch in front: [time, size], [size], or [height, width, channels]. */
function inputOf([first]: readonly KerasLayer[], stages: readonly Stage[]): Input {
  const given = own(first?.config, 'batch_shape') ?? own(first?.config, 'batch_input_shape');
  const shape: readonly unknown[] = Array.isArray(given) ? given.slice(1) : [];
  const overTime = shape.length === 2;
  const size = shape.at(-1);
  if (shape.length === 3 && shape.every(isCount)) return imagesOf(shape as readonly number[]);
  if (shape.length === 0 || shape.length > 2) return NOTHING;
  // Weights tell the size as well, and ids have none.
  if (stages.some(hasWeights) || !isCount(size)) return { ...NOTHING, said: { overTime } };
  return { ...NOTHING, said: { overTime, input: { kind: overTime ? 'sequence' : 'vector', size } } };
}

interface Input {
  readonly said: Pick<FileModel, 'overTime' | 'input'>;
  readonly stages: readonly Stage[];
  readonly notes: readonly string[];
}

const NOTHING: Input = { said: {}, stages: [], notes: [] };

/** Samples are rows of numbers here, which a layer makes images of. */
function imagesOf(shape: readonly number[]): Input {
  const config = { type: 'reshape', shape };
  return {
    said: { overTime: false },
    stages: [{ kind: 'configured', name: 'input', config, weights: {} }],
    notes: [
      `an image is one row of ${shape.join(' x ')} numbers here: height, width, channels, which reshape() makes one again`,
    ],
  };
}

function isCount(size: unknown): size is number {
  return Number.isSafeInteger(size) && (size as number) >= 1;
}

/** Whether a layer has weights that nobody asks for. */
function isOther({ layer, refused }: Outcome = {}): boolean {
  return !layer && !refused?.layer;
}

/** By itself it would be taken for one that goes forward. */
const BACKWARDS = new Refusal(
  'a layer that goes forward',
  'go_backwards',
  'importModel makes it with reverse() in front; by itself, save it going forward, with the same weights, and put reverse() there',
);

const NORMALISATIONS = new Set(['LayerNormalization', 'BatchNormalization']);

interface Outcome {
  readonly layer?: ImportedLayer;
  readonly stages?: readonly Stage[];
  readonly notes?: readonly string[];
  /** Whether the layer itself cannot be had, or only its part in a model. */
  readonly refused?: { readonly reason: string; readonly layer: boolean; readonly stage: boolean };
}

/** A layer with what is said of its training, if it has weights. */
function outcomeOf(given: KerasLayer, weights: KerasWeights, writer: KerasWriter): Outcome {
  const outcome = untrainedOutcome(given, weights, writer);
  const { layer, stages = [], notes = [] } = outcome;
  if (!layer && !stages.some(hasWeights)) return outcome;
  const { frozen, notes: more } = trainingOf(given);
  const told = frozen ? ['no training moved it there (trainable: false): frozen() of a layer keeps it so'] : [];
  return {
    ...outcome,
    ...(layer && { layer: { ...layer, notes: [...layer.notes, ...more, ...told] } }),
    stages: stages.map((stage) => (frozen && hasWeights(stage) ? { ...stage, frozen } : stage)),
    notes: [...notes, ...more],
  };
}

function hasWeights(stage: Stage): boolean {
  return 'layer' in stage || (stage.kind === 'configured' && Object.keys(stage.weights).length > 0);
}

function untrainedOutcome(given: KerasLayer, weights: KerasWeights, writer: KerasWriter): Outcome {
  const layer = unwrapped(given);
  const hasLayer = isRecurrent(layer) || ['Dense', 'Embedding'].includes(layer.className);
  try {
    if (layer.custom !== undefined) {
      throw new Refusal("a layer of Keras' own", layer.custom, 'make it of its parts, and set their weights');
    }
    if (hasLayer && weights.refused !== undefined) {
      throw new Refusal('weights in numbers', 'what is no such thing', weights.refused);
    }
    if (layer.className === 'Embedding') {
      const made = embeddingLayer(layer, weights);
      return { layer: made, stages: [{ kind: 'embedding', layer: made }], notes: made.notes };
    }
    if (layer.className === 'Dense') {
      const { layer: made, activation } = denseLayer(layer, weights, writer);
      return { layer: made, stages: [{ kind: 'dense', layer: made, activation }], notes: made.notes };
    }
    if (isRecurrent(layer)) {
      const config = recurrentConfig(layer, writer);
      const made = recurrentLayer(layer, config, weights);
      const { returnSequences, zeroOutput, goBackwards } = config.forward;
      const maskedSteps = zeroOutput || config.backward ? 'zero' : 'repeat';
      return {
        layer: made,
        stages: [{ kind: 'recurrent', layer: made, returnSequences, backwards: goBackwards, maskedSteps }],
        notes: made.notes,
        ...(goBackwards && { refused: { reason: BACKWARDS.message, layer: true, stage: false } }),
      };
    }
    if (NORMALISATIONS.has(layer.className)) return normalisationStage(layer, weights);
    if (isOverWindows(layer)) return windowStage(layer, weights, writer);
    return plainStage(layer);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What has no weights that are asked for is no layer that is missed.
    const isMissed = hasLayer || layer.custom !== undefined || layer.className === 'Lambda';
    return { refused: { reason: error.message, layer: isMissed, stage: true } };
  }
}

/** Dense at each step is what Dense does on a sequence. */
function unwrapped(layer: KerasLayer): KerasLayer {
  if (layer.className !== 'TimeDistributed' || layer.custom !== undefined) return layer;
  const inner = layer.config.layer as { class_name?: unknown; config?: unknown } | undefined;
  return Object.hasOwn(layer.config, 'layer') && inner?.class_name === 'Dense'
    ? { className: 'Dense', name: layer.name, config: Object(inner.config) as Record<string, unknown> }
    : layer;
}
