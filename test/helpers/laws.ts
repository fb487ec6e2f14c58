import fc from 'fast-check';
import type { Scheme } from 'keepgate';
import { describe, test } from 'vitest';
import { CELLS } from './cells.ts';
import { RATES, type Rates, SITE_NAMES, schemesFor } from './schemes.ts';
import { makeTrial, type Setting, type Stack, type Trial } from './trials.ts';

/** Every run of the tests draws the same examples. */
export const SEED = 20260611;

export const ONE_LAYER: readonly Stack[] = [{ layers: 1, bidirectional: false }];
/** Stacks that read a sequence forward only, so that it can be cut into chunks. */
export const ONE_DIRECTION: readonly Stack[] = [...ONE_LAYER, { layers: 2, bidirectional: false }];
export const STACKS: readonly Stack[] = [
  ...ONE_DIRECTION,
  { layers: 1, bidirectional: true },
  { layers: 2, bidirectional: true },
];

interface LawOptions {
  /** The schemes that the law speaks of; all when left out. */
  readonly where?: (scheme: Scheme) => boolean;
  readonly stacks?: readonly Stack[];
  /** Examples for each cell and scheme. */
  readonly runs?: number;
  /** Sizes to use in place of the drawn ones. */
  readonly sizes?: Partial<Record<'batch' | 'time' | 'inputSize' | 'hiddenSize', number>>;
}

/** Check a law for every cell with every scheme that fits it, on random small layers: one test for each pair. */
export function forEveryScheme(
  check: (trial: Trial, setting: Setting) => Promise<void> | void,
  { where = () => true, stacks = STACKS, runs = 6, sizes = {} }: LawOptions = {},
): void {
  let seed = SEED;
  const pairs = CELLS.map((cell) => ({
    ...{ cell, name: cell.name },
    // Every pair has a seed of its own: with one for all, a law with few runs would see the same few stacks everywhere.
    rows: schemesFor(cell).flatMap((row) => (where(row.build(RATES)) ? { ...row, seed: seed++ } : [])),
  }));
  describe.each(pairs.filter(({ rows }) => rows.length > 0))('$name', ({ cell, rows }) => {
    test.each(rows)('$name', async (row) => {
      const law = fc.asyncProperty(settings(stacks), async (drawn) => {
        const setting = { ...drawn, ...sizes };
        await check(makeTrial(cell, row, setting), setting);
      });
      await fc.assert(law, { seed: row.seed, numRuns: runs });
    });
  });
}

/** Check a law that has no scheme. */
export async function holds<A>(arbitrary: fc.Arbitrary<A>, check: (value: A) => unknown): Promise<void> {
  const law = fc.asyncProperty(arbitrary, async (value) => {
    await check(value);
  });
  await fc.assert(law, { seed: SEED, numRuns: 50 });
}

function settings(stacks: readonly Stack[]): fc.Arbitrary<Setting> {
  return fc.record({
    batch: fc.integer({ min: 1, max: 4 }),
    time: fc.integer({ min: 1, max: 6 }),
    inputSize: fc.integer({ min: 1, max: 5 }),
    hiddenSize: fc.integer({ min: 1, max: 6 }),
    stack: fc.constantFrom(...stacks),
    rates: rates(),
    ragged: fc.boolean(),
    seed: fc.nat(),
  });
}

/** The rates of {@link RATES}, dealt to the sites anew. */
function rates(): fc.Arbitrary<Rates> {
  const values = Object.values(RATES);
  return fc
    .shuffledSubarray(values, { minLength: values.length })
    .map((dealt) => Object.fromEntries(SITE_NAMES.map((site, i) => [site, dealt[i]])) as Rates);
}
