import { type Cell, type Key, key, type Plan, type Recurrent, recurrent, type Scheme, type Tensor } from 'keepgate';
import { createReferenceEngine, type ReferenceEngine } from '../../src/engines/reference/engine.ts';
import { uniform } from '../../src/random/draws.ts';
import { fold } from '../../src/random/key.ts';
import type { Results } from './numeric.ts';
import type { Rates, SchemeRow } from './schemes.ts';
import { mapValues, randomTensor } from './tensors.ts';

/** How layers stand together. */
export interface Stack {
  readonly layers: number;
  readonly bidirectional: boolean;
}

/** What a trial is made from: small, so that a counterexample can be read. */
export interface Setting {
  readonly batch: number;
  readonly time: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly stack: Stack;
  readonly rates: Rates;
  /** Whether samples have lengths of their own, 0 among them. */
  readonly ragged: boolean;
  readonly seed: number;
}

/** A layer with random weights, what to run it on, and a scheme. */
export interface Trial {
  readonly cell: Cell;
  readonly scheme: Scheme;
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
  readonly x: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
  readonly lengths: readonly number[] | null;
  /** The loss's gradient by y. */
  readonly dy: Tensor;
  /** The loss's gradient by the final state. */
  readonly dstate: Readonly<Record<string, Tensor>>;
}

export type Plans = Plan | readonly Plan[];

export function makeTrial(cell: Cell, row: SchemeRow, setting: Setting): Trial {
  const { batch, time, inputSize, hiddenSize, stack, rates, ragged, seed } = setting;
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
    ...{ cell, layer, engine, batch, time },
    scheme: row.build(rates),
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
