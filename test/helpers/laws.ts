import fc from 'fast-check';
import { type Cell, resolveScheme } from 'keepgate';
import { describe, expect, test } from 'vitest';
import type { Law } from '../../src/verify/white-box/law.ts';
import { type LawCase, runLaw } from '../../src/verify/white-box/run-law.ts';
import { CELLS, VARIANTS } from './cells.ts';
import { RATES, type Rates, type SchemeRow, SITE_NAMES, schemesFor } from './schemes.ts';

/** Every run of the tests draws the same examples. */
export const SEED = 20260611;

interface LawOptions extends Pick<LawCase, 'stacks' | 'runs'> {
  /** The schemes of a cell; those of the table that fit it when left out. */
  readonly schemes?: (cell: Cell) => readonly SchemeRow[];
}

/** Check a law for every cell with every scheme that it speaks of, and for others with one that has all sites, on random small layers: one test for each pair. */
export function forEveryScheme(law: Law, { schemes = schemesFor, ...options }: LawOptions = {}): void {
  let seed = SEED;
  const pairs = [...CELLS, ...VARIANTS].map((cell) => ({
    cell,
    name: cell.name,
    // Every pair has a seed of its own: with one for all, a law with few runs would see the same few stacks everywhere.
    rows: schemes(cell)
      .filter(({ name }) => CELLS.includes(cell) || name === 'everything')
      .flatMap((row) => (law.applies(cell, resolveScheme(row.build(RATES))) ? { ...row, seed: seed++ } : [])),
  }));
  describe(law.says, () => {
    describe.each(pairs.filter(({ rows }) => rows.length > 0))('$name', ({ cell, rows }) => {
      test.each(rows)('$name', async (row) => {
        const built = rates().map((dealt) => row.build(dealt));
        const { passed, detail, counterexample } = await runLaw(law, {
          ...options,
          cell,
          schemes: built,
          seed: row.seed,
        });
        expect(passed, `${detail}\n${counterexample}`).toBe(true);
      });
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

/** The rates of {@link RATES}, dealt to the sites anew. */
function rates(): fc.Arbitrary<Rates> {
  const values = Object.values(RATES);
  return fc
    .shuffledSubarray(values, { minLength: values.length })
    .map((dealt) => Object.fromEntries(SITE_NAMES.map((site, i) => [site, dealt[i]])) as Rates);
}
