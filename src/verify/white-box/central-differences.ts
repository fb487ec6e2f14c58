import type { Plan } from '../../masks/plan.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { dot, isClose } from './compare.ts';
import { generate, mapValues } from './tensors.ts';
import { forward, type Trial } from './trial.ts';

/*
 * The error of a central difference is about h² f'''/6 from the curve and 2^-53 |f| / h from rounding; with h = 1e-5,
 * values near 1 and factors up to 1/(1-0.6) both are far below the tolerance, and a wrong formula is far above it.
 */
const STEP = 1e-5;
export const TOLERANCE = 1e-6;

/** Everything that the loss is differentiated by: the weights, x, and the parts of the initial state. */
type Variables = Readonly<Record<string, Tensor>>;

export function variablesOf({ layer, inputs }: Trial): Variables {
  return { ...layer.getWeights(), x: inputs.x, ...inputs.state };
}

/**
 * The slope of the loss at a trial's variables when one of them moves along a direction. Where it has a corner, as with
 * relu, two points on either side of one tell nothing: so where they do not agree with what is expected, nearer ones tell.
 */
export async function slope(
  trial: Trial,
  plan: readonly Plan[],
  name: string,
  direction: Tensor,
  expected: number,
): Promise<number> {
  const wide = await centralDifference(trial, plan, name, direction, STEP);
  return isClose(expected, wide, TOLERANCE) ? wide : centralDifference(trial, plan, name, direction, STEP / 100);
}

async function centralDifference(
  trial: Trial,
  plan: readonly Plan[],
  name: string,
  direction: Tensor,
  step: number,
): Promise<number> {
  const origin = variablesOf(trial);
  const moved = async (by: number): Promise<number> => {
    const value = origin[name] as Tensor;
    const shifted = generate(value.shape, (index) => value.at(...index) + by * direction.at(...index));
    return lossAt(trial, plan, { ...origin, [name]: shifted });
  };
  const found = ((await moved(step)) - (await moved(-step))) / (2 * step);
  trial.layer.setWeights(mapValues(trial.layer.getWeights(), (_, weight) => origin[weight] as Tensor));
  return found;
}

/** sum(y dy) + sum(final state dstate): the loss whose gradients `backward` gives. */
async function lossAt({ layer, inputs }: Trial, plan: readonly Plan[], at: Variables): Promise<number> {
  layer.setWeights(mapValues(layer.getWeights(), (_, name) => at[name] as Tensor));
  const state = mapValues(inputs.state, (_, part) => at[part] as Tensor);
  const { y, ...final } = await forward(layer, plan, { ...inputs, x: at.x as Tensor, state });
  const ofState = Object.entries(final).map(([part, value]) => dot(value, inputs.dstate[part] as Tensor));
  return ofState.reduce((sum, value) => sum + value, dot(y as Tensor, inputs.dy));
}
