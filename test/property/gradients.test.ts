import { type Plan, Tensor } from 'keepgate';
import { describe, expect } from 'vitest';
import { forEveryScheme, ONE_LAYER, STACKS } from '../helpers/laws.ts';
import { dot, expectClose, isClose } from '../helpers/numeric.ts';
import { generate, mapValues, randomTensor } from '../helpers/tensors.ts';
import { drawPlans, results, type Trial } from '../helpers/trials.ts';

/*
 * The error of a central difference is about h² f'''/6 from the curve and 2^-53 |f| / h from rounding; with h = 1e-5,
 * values near 1 and factors up to 1/(1-0.6) both are far below the tolerance, and a wrong formula is far above it.
 */
const STEP = 1e-5;
const TOLERANCE = 1e-6;

/** Everything that the loss is differentiated by: the weights, x, and the parts of the initial state. */
type Variables = Readonly<Record<string, Tensor>>;

function variablesOf({ layer, inputs }: Trial): Variables {
  return { ...layer.getWeights(), x: inputs.x, ...inputs.state };
}

/** sum(y dy) + sum(final state dstate): the loss whose gradients `backward` gives. */
async function lossAt({ layer, inputs }: Trial, plan: readonly Plan[], at: Variables): Promise<number> {
  layer.setWeights(mapValues(layer.getWeights(), (_, name) => at[name] as Tensor));
  const state = mapValues(inputs.state, (_, part) => at[part] as Tensor);
  const { lengths, dy, dstate } = inputs;
  const run = await layer.forward(at.x as Tensor, { plan, state, ...(lengths && { lengths }) });
  run.dispose();
  const ofState = Object.entries(run.state).map(([part, value]) => dot(value, dstate[part] as Tensor));
  return ofState.reduce((sum, value) => sum + value, dot(run.y, dy));
}

/** The slope of the loss at a trial's variables when one of them moves along a direction. */
async function slope(trial: Trial, plan: readonly Plan[], name: string, direction: Tensor): Promise<number> {
  const origin = variablesOf(trial);
  const moved = async (by: number): Promise<number> => {
    const value = origin[name] as Tensor;
    const shifted = generate(value.shape, (index) => value.at(...index) + by * direction.at(...index));
    return lossAt(trial, plan, { ...origin, [name]: shifted });
  };
  const found = ((await moved(STEP)) - (await moved(-STEP))) / (2 * STEP);
  trial.layer.setWeights(mapValues(trial.layer.getWeights(), (_, weight) => origin[weight] as Tensor));
  return found;
}

describe('gradients are the central differences of the loss, at every entry', () => {
  forEveryScheme(
    async (trial) => {
      const plan = drawPlans(trial);
      const analytic = await results(trial.layer, plan, trial.inputs);
      for (const [name, { shape }] of Object.entries(variablesOf(trial))) {
        const found = analytic[`d${name}`] as Tensor;
        const numeric = new Float64Array(found.toFlat().length);
        for (const i of numeric.keys()) {
          const unit = new Tensor(new Float64Array(numeric.length).fill(1, i, i + 1), shape);
          numeric[i] = await slope(trial, plan, name, unit);
        }
        expectClose({ [name]: found }, { [name]: new Tensor(numeric, shape) }, TOLERANCE);
      }
    },
    { stacks: ONE_LAYER, runs: 2, sizes: { batch: 2, time: 3, inputSize: 2, hiddenSize: 2 } },
  );
});

describe.each(STACKS)('and along random directions, with $layers layers, bidirectional $bidirectional', (stack) => {
  forEveryScheme(
    async (trial) => {
      const plan = drawPlans(trial);
      const analytic = await results(trial.layer, plan, trial.inputs);
      for (const [name, { shape }] of Object.entries(variablesOf(trial))) {
        const direction = randomTensor(trial.key, name, shape);
        const wanted = await slope(trial, plan, name, direction);
        expect(isClose(dot(analytic[`d${name}`] as Tensor, direction), wanted, TOLERANCE), name).toBe(true);
      }
    },
    { stacks: [stack], runs: 1, sizes: { batch: 3, time: 4, inputSize: 3, hiddenSize: 2 } },
  );
});
