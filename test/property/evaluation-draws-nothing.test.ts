import { fold, mean, type Plan, type Recurrent, type SchemeLike } from 'keepgate';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { forEveryScheme } from '../helpers/laws.ts';
import { expectSameBits, type Results } from '../helpers/numeric.ts';
import { maskBits } from '../helpers/plans.ts';
import { generate, mapValues } from '../helpers/tensors.ts';
import { drawPlans, results, type Trial } from '../helpers/trials.ts';

test('the expectation of a scheme takes no key', () => {
  expect(mean).toHaveLength(1);
  expectTypeOf(mean).parameters.toEqualTypeOf<[scheme: SchemeLike]>();
});

describe('the masks of a key are the same before and after evaluations', () => {
  forEveryScheme(async (trial) => {
    const before = drawPlans(trial).map(maskBits);
    await evaluate(trial);
    const after = drawPlans(trial).map(maskBits);
    for (const [lane, masks] of after.entries()) expectSameBits(masks, before[lane] as Results);
  });
});

describe('evaluations between the steps of a training change no weight', () => {
  forEveryScheme(
    async (trial) => {
      const before = trial.layer.getWeights();
      const plain = await train(trial);
      trial.layer.setWeights(before);
      expectSameBits(await train(trial, evaluate), plain);
    },
    { runs: 3 },
  );
});

/** Three steps of gradient descent, each with masks of its own. */
async function train(trial: Trial, between: (trial: Trial) => Promise<unknown> = async () => {}): Promise<Results> {
  for (let step = 0; step < 3; step++) {
    const plans: readonly Plan[] = drawPlans({ ...trial, key: fold(trial.key, step) });
    descend(trial.layer, await results(trial.layer, plans, trial.inputs));
    await between(trial);
  }
  return trial.layer.getWeights();
}

function descend(layer: Recurrent, grads: Results): void {
  layer.setWeights(
    mapValues(layer.getWeights(), (weight, name) =>
      generate(weight.shape, (index) => weight.at(...index) - 0.01 * (grads[`d${name}`]?.at(...index) as number)),
    ),
  );
}

async function evaluate({ layer, scheme, inputs }: Trial): Promise<void> {
  await results(layer, mean(scheme), inputs);
}
