import type { Handle, Indices, Ops } from '../engines/ops.ts';
import { ModelError, show } from '../errors.ts';
import type { Layer, LayerContext, LayerRun, Signature } from '../layers/layer.ts';
import type { Extents } from '../masks/mask.ts';
import { mean, type Plan, sample } from '../masks/plan.ts';
import type { SchemeLike } from '../masks/scheme.ts';
import { fold, type Key } from '../random/key.ts';
import type { Nested } from '../tensor/tensor.ts';
import { padTokens } from '../text/padding.ts';
import { expectIds, packNumbers, stepsOf } from './examples.ts';

/** Where a pass gets its plans from: the one thing in which training, evaluation and MC dropout differ. */
export type PlanSource = (layer: number, scheme: SchemeLike, label: string, extents: Extents) => Plan;

/**
 * Training, or a pass of MC dropout: masks drawn for this key, different in every layer.
 * @param firstSample where the batch begins, when it is a part of a larger whole under the same key
 */
export function drawing(key: Key, firstSample = 0): PlanSource {
  return (layer, scheme, label, extents) =>
    sample(scheme, fold(fold(key, layer), label), { ...extents, first: { sample: firstSample } });
}

/** Evaluation. */
export const expecting: PlanSource = (_, scheme, __, { update = 0 }) => mean(scheme, { update });

/** What dropout must know of the training behind the weights. */
export interface Progress {
  /** How many updates there were: the time that schedules of rates count in. */
  readonly updates: number;
  /** The rates that were learned, by the name of their weight: `1.input_rate_logit_l0`. */
  readonly learned: Readonly<Record<string, number>>;
}

/** Of weights that were not trained. */
const NO_PROGRESS: Progress = { updates: 0, learned: {} };

/** A batch of inputs on the engine. */
export interface Batch {
  readonly x: Handle;
  readonly batch: number;
  readonly time: number;
  readonly validSteps: Int32Array;
  readonly lengths: Indices | null;
  /** The token ids on the host, [T,B], if the input is one of tokens. */
  readonly tokens?: Int32Array;
}

/** Pad samples to the longest of them and upload them. */
export function uploadBatch(ops: Ops, input: Signature, samples: readonly Nested[]): Batch {
  const steps = stepsOf(input, samples);
  const validSteps = Int32Array.from(steps, ({ length }) => length);
  const time = validSteps.reduce((longest, valid) => Math.max(longest, valid), 1);
  const batch = samples.length;
  return {
    ...uploadInputs(ops, input, steps, time),
    ...{ batch, time, validSteps },
    lengths: validSteps.every((length) => length === time) ? null : ops.uploadIndices(validSteps, [batch]),
  };
}

function uploadInputs(
  ops: Ops,
  input: Signature,
  steps: readonly (readonly Nested[])[],
  time: number,
): Pick<Batch, 'x' | 'tokens'> {
  if (input.kind === 'tokens') {
    expectIds(input.vocabulary, steps);
    const tokens = padTokens(steps, time).ids;
    return { x: ops.uploadIndices(tokens, [time, steps.length]), tokens };
  }
  const shape = input.kind === 'vector' ? [steps.length, input.size] : [time, steps.length, input.size];
  return { x: ops.upload(packNumbers(input.size, steps, time), shape) };
}

/**
 * Run a batch through the layers. Weights and gradients are named by the layer's index: `0.weight`.
 * @param from `first`: the index of the layer that the batch goes into, when those before it have run
 */
export function runLayers(
  ops: Ops,
  layers: readonly Layer[],
  weights: Readonly<Record<string, Handle>>,
  { x, ...sizes }: Batch,
  plans: PlanSource,
  { first = 0, progress = NO_PROGRESS }: { readonly first?: number; readonly progress?: Progress } = {},
): {
  readonly y: Handle;
  /** What the layers add to the loss, [1] each, for whoever asks. */
  readonly penalties: readonly (() => Handle)[];
  backward(dy: Handle): Record<string, Handle>;
} {
  const runs: LayerRun[] = [];
  let y = x;
  for (const [index, layer] of [...layers.entries()].slice(first)) {
    const context: LayerContext = {
      ...{ ops, ...sizes, learned: ownValues(progress.learned, index) },
      plan: (scheme, label, extents) => plans(index, scheme, label, { ...extents, update: progress.updates }),
    };
    const run = layer.run(context, ownValues(weights, index), y);
    runs.push(run);
    y = run.y;
  }
  return {
    y,
    penalties: runs.flatMap(({ penalties = [] }) => penalties),
    backward(dy) {
      const grads: Record<string, Handle> = {};
      // Nobody asks the first layer for the gradient by its input.
      let d: (() => Handle) | null = () => dy;
      for (const [index, run] of [...runs.entries()].reverse()) {
        if (!d) break;
        const found = run.backward(d());
        for (const [name, grad] of Object.entries(found.weights)) grads[`${first + index}.${name}`] = grad;
        d = found.x;
      }
      return grads;
    },
  };
}

/** What belongs to one layer, without the layer's index in its name. */
function ownValues<V>(values: Readonly<Record<string, V>>, index: number): Record<string, V> {
  const prefix = `${index}.`;
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}

/** The signature behind each layer. @throws ModelError when a layer cannot stand where it stands */
export function signatures(layers: readonly Layer[], input: Signature): Signature[] {
  const found: Signature[] = [];
  let last = input;
  for (const layer of layers) {
    last = layer.output(last);
    found.push(last);
  }
  if (last.kind === 'tokens')
    throw new ModelError(
      `model: a layer with numbers was expected last, but ${show(layers.at(-1)?.config.type)} has none`,
    );
  return found;
}
