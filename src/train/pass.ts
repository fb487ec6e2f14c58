import type { GiveWay } from '../engines/give-way.ts';
import type { Handle, Ops } from '../engines/ops.ts';
import { ModelError, show } from '../errors.ts';
import { lentOnce } from '../layers/chain/borrowed-weights.ts';
import { asOutputs, type ChainSignatures, chainSignatures, runChain } from '../layers/run-chain.ts';
import type { Batch, Layer, LayerContext } from '../layers/layer.ts';
import type { ClassTargets } from '../layers/softmax/class-targets.ts';
import { kindOf, type Signatures } from '../layers/signature.ts';
import { initInTurns, ofLayer, type WeightSpec } from '../layers/weight-spec.ts';
import type { Extents } from '../masks/mask.ts';
import { mean, type Plan, sample } from '../masks/plan.ts';
import type { SchemeLike } from '../masks/scheme.ts';
import { fold, type Key } from '../random/key.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Where a pass gets its plans from: the one thing in which evaluation and MC dropout differ. */
export type PlanSource = (layer: number, scheme: SchemeLike, label: string, extents: Extents) => Plan;

/**
 * Training, or a pass of MC dropout: masks drawn for this key, different in every layer.
 * @param firstSample where the batch begins, when it is a part of a larger whole under the same key
 * @param firstStep where its sequences begin, when they are chunks of longer ones
 */
export function drawing(key: Key, firstSample = 0, firstStep = 0): PlanSource {
  return (layer, scheme, label, extents) =>
    sample(scheme, fold(fold(key, layer), label), { ...extents, first: { sample: firstSample, step: firstStep } });
}

/** What was dropped in a batch, in one lane of a layer. */
export interface DrawnPlan {
  /** The number of the layer in the model, from 0. */
  readonly layer: number;
  /** What the layer calls it: the end of the names of its weights, such as `_l0` or `_l0_reverse`, for a lane. */
  readonly label: string;
  readonly plan: Plan;
  /** The sizes that it was drawn for. */
  readonly extents: Extents;
}

/** The same plans; each that is asked for is added to the list. */
export function noting(source: PlanSource, into: DrawnPlan[]): PlanSource {
  return (layer, scheme, label, extents) => {
    const plan = source(layer, scheme, label, extents);
    into.push({ layer, label, plan, extents });
    return plan;
  };
}

/** The rates in force in a batch, by layer, site and lane: `1.recurrent_l0`. A site without a mask drops nothing. */
export function ratesOf(plans: readonly DrawnPlan[]): Record<string, number> {
  return Object.fromEntries(
    plans.flatMap(({ layer, label, plan }) =>
      plan.sites.map((site) => [`${layer}.${site}${label}`, plan.masks[site]?.rule.rate ?? 0]),
    ),
  );
}

/** Evaluation. */
export const expecting: PlanSource = (_, scheme, __, { update = 0 }) => mean(scheme, { update });

/** What dropout must know of the training behind the weights. */
export interface Progress {
  /** How many updates there were: the time that schedules of dropout rates count in. */
  readonly updates: number;
  /** The dropout rates that were learned, by the name of their weight: `1.input_rate_logit_l0`. */
  readonly learned: Readonly<Record<string, number>>;
}

/** Of weights that were not trained. */
const NO_PROGRESS: Progress = { updates: 0, learned: {} };

/** What comes out of the layers, and the way back. */
export interface Pass {
  /** By name: `y` alone for most models. */
  readonly outputs: Readonly<Record<string, Batch>>;
  /** The same, as they would go into the next layer. */
  readonly flows: Readonly<Record<string, Batch>>;
  /** What the layers add to the loss, [1] each, for whoever asks. */
  readonly penalties: readonly (() => Handle)[];
  /** The next values of weights that no gradient moves. */
  statistics(): Record<string, Handle>;
  /** What the layers carry into the next chunk of the sequences, by path. @throws ModelError for a layer that lacks it */
  state(shapes: Readonly<Record<string, unknown>>): Record<string, Handle>;
  /** Gradients of the weights. @param grads by the outputs, by their names */
  backward(grads: Readonly<Record<string, Handle>>): Record<string, Handle>;
}

export interface PassOptions {
  /** The index of the layer that the batch goes into, when those before it have run. */
  readonly first?: number;
  readonly progress?: Progress;
  /** Whether weights are learned from it: see `LayerContext`. */
  readonly training?: boolean;
  /** What the layers carry from the chunk before, by path. */
  readonly state?: Readonly<Record<string, Handle>> | undefined;
  /** The classes of the rows that go into the last layer, which works out its loss: see `Layer.crossEntropy`. */
  readonly classes?: ((at: Batch) => ClassTargets) | null | undefined;
}

/**
 * Run a batch through the layers. Weights and gradients are named by path: `0.weight`.
 * @param inputs by name: `x` alone for most models
 */
export function runLayers(
  ops: Ops,
  layers: readonly Layer[],
  weights: Readonly<Record<string, Handle>>,
  inputs: Readonly<Record<string, Batch>>,
  plans: PlanSource,
  { first = 0, progress = NO_PROGRESS, training = false, state, classes }: PassOptions = {},
): Pass {
  const contextOf = (index: number): LayerContext => ({
    ops,
    training,
    learned: ofLayer(progress.learned, index),
    state: state && ofLayer(state, index),
    plan: (scheme, label, extents) => plans(index, scheme, label, { ...extents, update: progress.updates }),
  });
  const used = classes ? workingOutLoss(layers, classes) : layers;
  const run = runChain(ops, used, contextOf, weights, inputs, first);
  return {
    outputs: asOutputs(run.flows),
    flows: run.flows,
    penalties: run.penalties,
    statistics: run.statistics,
    state(shapes) {
      const found = run.state();
      const missing = Object.keys(shapes).find((path) => !found[path]?.shape);
      if (missing === undefined) return found;
      throw new ModelError(
        `model: a layer whose run has the state ${missing} was expected, but it gave none; see LayerRun`,
      );
    },
    backward({ y, ...others }) {
      return run.backward(y === undefined ? others : { x: y, ...others }).weights;
    },
  };
}

/** The layers, of which the last gives its loss, [1], in the place of its outputs. */
function workingOutLoss(layers: readonly Layer[], classes: (at: Batch) => ClassTargets): readonly Layer[] {
  const last = layers.at(-1) as Layer;
  const run: Layer['run'] = (context, weights, inputs) =>
    last.crossEntropy?.(context, weights, inputs, classes(inputs.x as Batch)) ?? last.run(context, weights, inputs);
  return [...layers.slice(0, -1), { ...last, run }];
}

/** What goes into each layer, and what comes out of the last. */
export interface FlowSignatures extends Pick<ChainSignatures, 'inputs' | 'outputs'> {
  /** By name: `y` alone for most models. */
  readonly end: Signatures;
}

/** @param begin what goes in, by name. @throws ModelError when a layer cannot stand where it stands */
export function flowThrough(layers: readonly Layer[], begin: Signatures): FlowSignatures {
  const { inputs, outputs, end } = chainSignatures(layers, begin);
  const isOfNumbers = Object.values(end).map((output) => ['vector', 'sequence'].includes(kindOf(output)));
  if (isOfNumbers.length === 0 || isOfNumbers.includes(false)) {
    throw new ModelError(
      `model: a layer with numbers was expected last, but ${show(layers.at(-1)?.config.type)} has none`,
    );
  }
  return { inputs, outputs, end: asOutputs(end) };
}

/** The weights of all layers by path. */
export function weightSpecs(layers: readonly Layer[], begin: Signatures): Record<string, WeightSpec> {
  const { inputs } = flowThrough(layers, begin);
  return lentOnce(
    layers,
    layers.map((layer, index) => layer.weights(inputs[index] as Signatures)),
  );
}

/** Fresh weights of all layers by path. */
export async function freshWeights(
  layers: readonly Layer[],
  begin: Signatures,
  key: Key,
  giveWay: GiveWay,
): Promise<Record<string, Tensor>> {
  const fresh: [path: string, values: Tensor][] = [];
  for (const [path, spec] of Object.entries(weightSpecs(layers, begin))) {
    // A path begins with the number of the layer.
    fresh.push([path, await initInTurns(spec, fold(key, Number.parseInt(path, 10)), giveWay)]);
  }
  return Object.fromEntries(fresh);
}
