import { mean, none, type Scheme } from 'keepgate';
import { describe } from 'vitest';
import { forEveryScheme } from '../helpers/laws.ts';
import { expectSameBits, type Results } from '../helpers/numeric.ts';
import { drawPlans, results, type Trial } from '../helpers/trials.ts';

function withoutDropping(scheme: Scheme): Scheme {
  return scheme.map((site) => ({ ...site, rate: 0 }));
}

function bare({ layer, inputs }: Trial): Promise<Results> {
  return results(layer, none(), inputs);
}

describe('in training a scheme with rate 0 at every site is the bare cell, bit for bit', () => {
  forEveryScheme(async (trial) => {
    const found = await results(
      trial.layer,
      drawPlans({ ...trial, scheme: withoutDropping(trial.scheme) }),
      trial.inputs,
    );
    expectSameBits(found, await bare(trial));
  });
});

describe('in evaluation it is, too', () => {
  forEveryScheme(async (trial) => {
    const plan = mean(withoutDropping(trial.scheme));
    expectSameBits(await results(trial.layer, plan, trial.inputs), await bare(trial));
  });
});
