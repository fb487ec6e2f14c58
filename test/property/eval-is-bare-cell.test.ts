import { mean, none, type Scheme, SITES } from 'keepgate';
import { describe } from 'vitest';
import { forEveryScheme } from '../helpers/laws.ts';
import { expectSameBits } from '../helpers/numeric.ts';
import { results } from '../helpers/trials.ts';

/** Zones mix the states in evaluation, and literal scaling multiplies: they are not the bare cell. */
function isIdentityInEvaluation(scheme: Scheme): boolean {
  return scheme.every(({ site, scaling }) => SITES[site].kind === 'multiplies' && scaling !== 'literal');
}

describe('in evaluation an inverted scheme is the bare cell, bit for bit', () => {
  forEveryScheme(
    async ({ layer, scheme, inputs }) => {
      expectSameBits(await results(layer, mean(scheme), inputs), await results(layer, none(), inputs));
    },
    { where: isIdentityInEvaluation },
  );
});
