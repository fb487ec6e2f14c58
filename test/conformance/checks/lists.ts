import type { Tolerances } from '../../helpers/engines.ts';
import { CELL_CHECKS } from './cells.ts';
import type { Check } from './check.ts';
import { fixtureChecks } from './fixtures.ts';
import { MASKS } from './masks.ts';
import { OPERATIONS } from './operations.ts';
import { TRAINING } from './training.ts';

/**
 * Everything that an engine must do right: the same on each of them.
 * @param golden test/golden/recurrent.json, parsed
 */
export function checkLists(golden: unknown): Readonly<Record<keyof Tolerances, readonly Check[]>> {
  return {
    operations: OPERATIONS,
    masks: MASKS,
    cells: CELL_CHECKS,
    fixtures: fixtureChecks(golden),
    training: TRAINING,
  };
}
