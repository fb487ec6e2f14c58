import type { Cell } from '../../cells/cell.ts';
import { createReferenceEngine, type ReferenceEngine } from '../../engines/reference/engine.ts';
import { type Recurrent, recurrent } from '../../layers/recurrent/recurrent.ts';
import type { Plan } from '../../masks/plan.ts';
import type { Scheme } from '../../masks/scheme.ts';
import { uniform } from '../../random/draws.ts';
import { fold, type Key, key } from '../../random/key.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Results } from './compare.ts';
import { mapValues, randomTensor } from './tensors.ts';

/** How many layers, whether each reads both ways, and whether it has biases, as it has when that is left out. */
export interface Stack {
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias?: boolean;
}

/** What a trial is made from: small, so that a counterexample can be read. */
export interface Setting {
  /** B */
  readonly batch: number;
  /** T */
  readonly time: number;
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  readonly stack: Stack;
  /** Whether samples have lengths of their own, 0 among them. */
  readonly ragged: boolean;
  readonly seed: number;
}

/** A layer with random weights, what to run it on, and a scheme. */
export interface Trial {
  readonly cell: Cell;
  readonly scheme: Scheme;
  readonly setting: Setting;
  readonly layer: Recurrent;
  readonly engine: ReferenceEngine;
  readonly batch: number;
  readonly time: number;
  /** The key of the masks. */
  readonly key: Key;
  readonly inputs: Inputs;
}

/** What goes into a run, forward and backward. */
export interface Inputs {
  /** [B,T,I] */
  readonly x: Tensor;
  /** The initial state, by part. */
  readonly state: Readonly<Record<string, Tensor>>;
  readonly lengths: readonly number[] | null;
  /** The loss's gradient by y. */
  readonly dy: Tensor;
  /** The loss's gradient by the final state. */
  readonly dstate: Readonly<Record<string, Tensor>>;
}

export type Plans = Plan | readonly Plan[];

/** A trial, all of whose numbers come from the setting's seed. It runs on the reference engine, in float64. */
export function makeTrial(cell: Cell, scheme: Scheme, setting: Setting): Trial {
  const { batch, time, inputSize, hiddenSize, stack, ragged, seed } = setting;
  const source = key(seed);
  const random = (name: string, shape: readonly number[]): Tensor => randomTensor(fold(source, 'data'), name, shape);

  const engine = createReferenceEngine();
  const layer = recurrent({ cell, inputSize, hiddenSize, ...stack, engine });
  layer.setWeights(mapValues(layer.getWeights(), ({ shape }, name) => randomTensor(source, name, shape, 0.6)));

  const lanes = stack.layers * (stack.bidirectional ? 2 : 1);
  const stateShape = [...(lanes === 1 ? [] : [lanes]), batch, hiddenSize];
  const state = (name: string): Record<string, Tensor> =>
    Object.fromEntries(cell.carries.map((part) => [part, random(`${name} ${part}`, stateShape)]));
  return {
    cell,
    scheme,
    setting,
    layer,
    engine,
    batch,
    time,
    key: fold(source, 'masks'),
    inputs: {
      x: random('x', [batch, time, inputSize]),
      state: state('state'),
      lengths: ragged ? Array.from(uniform(fold(source, 'lengths'), batch, 0, time + 1), Math.floor) : null,
      dy: random('dy', [batch, time, hiddenSize * (stack.bidirectional ? 2 : 1)]),
      dstate: state('dstate'),
    },
  };
}

/** A plan for each layer and direction of a trial. */
export function drawPlans({ layer, scheme, key: masks, batch, time }: Trial): readonly Plan[] {
  return layer.sample(scheme, masks, { batch, time });
}

/** Forward, backward and dispose: everything that a run gives. */
export async function results(layer: Recurrent, plan: Plans, inputs: Inputs): Promise<Results> {
  const { x, state, lengths, dy, dstate } = inputs;
  const run = await layer.forward(x, { plan, state, ...(lengths && { lengths }) });
  try {
    const grads = await run.backward({ y: dy, state: dstate });
    const gradients = Object.entries({ ...grads.weights, x: grads.x, ...grads.state });
    return { y: run.y, ...run.state, ...Object.fromEntries(gradients.map(([name, value]) => [`d${name}`, value])) };
  } finally {
    run.dispose();
  }
}

/** Forward and dispose: y and the final state. */
export async function forward(layer: Recurrent, plan: Plans, inputs: Inputs): Promise<Results> {
  const { x, state, lengths } = inputs;
  const run = await layer.forward(x, { plan, state, ...(lengths && { lengths }) });
  run.dispose();
  return { y: run.y, ...run.state };
}
