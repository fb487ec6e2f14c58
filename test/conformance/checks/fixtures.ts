import { conform, expectFixtures } from 'keepgate';
import type { Check } from './check.ts';

/** What every case must have compared: an error that was not measured is not small. */
const COMPARED = ['y', 'hT', 'loss', 'dx', 'dh0', 'dweight_ih', 'dweight_hh', 'dbias_ih', 'dbias_hh'];

/**
 * The cases of the executable specification, with gradients.
 * @param golden test/golden/recurrent.json, parsed
 */
export function fixtureChecks(golden: unknown): readonly Check[] {
  return expectFixtures(golden).map((fixture) => ({
    name: fixture.name,
    run: async (engine) => {
      const { errors, largest } = await conform(fixture, engine);
      const wanted = [...COMPARED, ...(fixture.c0 === null ? [] : ['cT', 'dc0'])];
      return wanted.every((name) => name in errors) ? largest : Number.POSITIVE_INFINITY;
    },
  }));
}
