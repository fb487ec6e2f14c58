import type { Handle, Indices, Ops } from '../engines/ops.ts';
import { ModelError, show } from '../errors.ts';
import type { Layer, LayerRun, Signature } from '../layers/layer.ts';
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
export const expecting: PlanSource = (_, scheme) => mean(scheme);

/** A batch of inputs on the engine. */
export interface Batch {
  readonly x: Handle;
  readonly batch: number;
  readonly time: number;
  readonly validSteps: Int32Array;
  readonly lengths: Indices | null;
}

/** Pad samples to the longest of them and upload them. */
export function uploadBatch(ops: Ops, input: Signature, samples: readonly Nested[]): Batch {
  const steps = stepsOf(input, samples);
  const validSteps = Int32Array.from(steps, ({ length }) => length);
  const time = validSteps.reduce((longest, valid) => Math.max(longest, valid), 1);
  const batch = samples.length;
  return {
    x: uploadInputs(ops, input, steps, time),
    ...{ batch, time, validSteps },
    lengths: validSteps.every((length) => length === time) ? null : ops.uploadIndices(validSteps, [batch]),
  };
}

function uploadInputs(ops: Ops, input: Signature, steps: readonly (readonly Nested[])[], time: number): Handle {
  if (input.kind === 'tokens') {
    expectIds(input.vocabulary, steps);
    return ops.uploadIndices(padTokens(steps, time).ids, [time, steps.length]);
  }
  const shape = input.kind === 'vector' ? [steps.length, input.size] : [time, steps.length, input.size];
  return ops.upload(packNumbers(input.size, steps, time), shape);
}

/** Run a batch through the layers. Weights and gradients are named by the layer's index: `0.weight`. */
export function runLayers(
  ops: Ops,
  layers: readonly Layer[],
  weights: Readonly<Record<string, Handle>>,
  { x, ...sizes }: Batch,
  plans: PlanSource,
): { readonly y: Handle; backward(dy: Handle): Record<string, Handle> } {
  const runs: LayerRun[] = [];
  let y = x;
  for (const [index, layer] of layers.entries()) {
    const context = { ops, ...sizes, plan: plans.bind(null, index) };
    const run = layer.run(context, ownWeights(weights, index), y);
    runs.push(run);
    y = run.y;
  }
  return {
    y,
    backward(dy) {
      const grads: Record<string, Handle> = {};
      // Nobody asks the first layer for the gradient by its input.
      let d: (() => Handle) | null = () => dy;
      for (const [index, run] of [...runs.entries()].reverse()) {
        if (!d) break;
        const found = run.backward(d());
        for (const [name, grad] of Object.entries(found.weights)) grads[`${index}.${name}`] = grad;
        d = found.x;
      }
      return grads;
    },
  };
}

function ownWeights(weights: Readonly<Record<string, Handle>>, index: number): Record<string, Handle> {
  const prefix = `${index}.`;
  return Object.fromEntries(
    Object.entries(weights).flatMap(([name, handle]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), handle]] : [],
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
