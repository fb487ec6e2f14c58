import { readable } from '../../checks.ts';
import { ShapeError, SiteError, show } from '../../errors.ts';
import type { Extents } from '../../masks/mask.ts';
import { Plan } from '../../masks/plan.ts';
import { expectSites } from '../../masks/scheme.ts';
import type { LaneName } from '../../sequence/lanes.ts';
import { extentsOf, type RecurrentShape } from './recurrent-shape.ts';

/**
 * One plan for each lane, checked against the cell and the batch.
 * @param plan a list by lane; or one plan, where there is one lane or where the plan is not drawn for a batch
 */
export function plansByLane(
  { cell, units, lanes }: RecurrentShape,
  plan: Plan | readonly Plan[],
  sizes: Pick<Extents, 'batch' | 'time'>,
): readonly Plan[] {
  const list: readonly Plan[] = readable(cell.name, () =>
    plan instanceof Plan ? [plan] : Array.isArray(plan) ? Array.from(plan) : [],
  );
  if (list.length === 0 || !list.every((one) => one instanceof Plan)) {
    throw new SiteError(
      `${cell.name}: a plan was expected, but ${show(plan)} came; make one with sample(), mean() or none()`,
    );
  }
  const plans = plan instanceof Plan ? lanes.map(() => plan) : list;
  const shared = plan instanceof Plan && plan.drawn && Object.keys(plan.masks).length > 0;
  if (plans.length !== lanes.length || (shared && lanes.length > 1)) {
    throw new ShapeError(
      `${cell.name}: ${lanes.length} plans were expected, one for each of ${show(lanes.map(({ suffix }) => suffix))}, but ${shared ? 1 : plans.length} came; use sample() of the layer`,
    );
  }
  for (const [lane, { masks, sites, drawn }] of plans.entries()) {
    expectSites(
      sites.map((site) => ({ site })),
      cell.name,
      cell.sites,
    );
    if (!drawn) continue;
    const { inputSize } = lanes[lane] as LaneName;
    for (const mask of Object.values(masks)) mask.expect(extentsOf(cell, units, inputSize, sizes));
  }
  return plans;
}
