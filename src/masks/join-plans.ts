import { SiteError } from '../errors.ts';
import { Mask } from './mask.ts';
import { Plan } from './plan.ts';
import { SITES, type Site } from './sites.ts';

/**
 * The plans of several passes over the same samples as the plan of one batch, whose rows are [pass, sample]: each row has
 * the masks that it has in its own pass.
 * @param batch B, the samples of each pass
 * @throws SiteError for a mask of weights, which all rows of a batch have in common
 */
export function joinPlans(plans: readonly Plan[], batch: number): Plan {
  const [first] = plans;
  if (!first || plans.length === 1) return first ?? new Plan([], [], true);
  const sites = Object.keys(first.masks) as Site[];
  return new Plan(
    sites.map((site) =>
      joinMasks(
        plans.map((plan) => plan.masks[site] as Mask),
        batch,
      ),
    ),
    first.sites,
    true,
  );
}

function joinMasks(masks: readonly Mask[], batch: number): Mask {
  const { rule, scale, sizes, values: example } = masks[0] as Mask;
  if (SITES[rule.site].ofWeights) {
    throw new SiteError(
      `${rule.site}: masks of samples were expected, but one of weights came, which all rows of a batch share; run the passes one by one`,
    );
  }
  const { gate: gates, time, unit } = sizes;
  const row = masks.length * batch;
  const size = gates * time * row * unit;
  const values = example instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  let offset = 0;
  for (let gate = 0; gate < gates; gate++) {
    for (let t = 0; t < time; t++) {
      for (const { values: drawn, strides } of masks) {
        const from = gate * strides.gate + t * strides.time;
        const rows = drawn.subarray(from, from + sizes.row * unit);
        // A mask that the samples share is one row: as many copies as there are samples.
        for (let copy = 0; copy < batch; copy += sizes.row) {
          values.set(rows, offset);
          offset += rows.length;
        }
      }
    }
  }
  const shared = rule.shared.filter((axis) => axis !== 'batch');
  return new Mask({ ...rule, shared }, values, scale, { ...sizes, row });
}
