import { isSharedByBatch } from '../../masks/mask.ts';
import { type InjectedSite, injectMasks, type Plan } from '../../masks/plan.ts';
import type { Site } from '../../masks/sites.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { Results } from './compare.ts';
import { mapValues } from './tensors.ts';

/** A site of a drawn plan, with its mask as a tensor: [B,n], [B,T,n], [G,...] or, of a weight, [G*H,H]. */
export interface SavedMask {
  readonly site: Site;
  /** An axis along which the mask is shared has the size 1. */
  readonly mask: Tensor;
  readonly rule: Omit<InjectedSite, 'mask'>;
  /** The axis that counts samples, or rows of the weight; steps, where there are some, come next. */
  readonly rowAxis: number;
  /** Whether each sample has a row of its own. */
  readonly ofSamples: boolean;
}

/** The masks of a drawn plan. */
export function savedMasks(plan: Plan): readonly SavedMask[] {
  return Object.entries(plan.toJSON()).map(([name, { mask, ...rule }]) => {
    const site = name as Site;
    const values = tensor(mask);
    const rowAxis = rule.untied ? 1 : 0;
    const { shared = [] } = rule;
    return { site, mask: values, rule, rowAxis, ofSamples: !isSharedByBatch({ site, shared }) };
  });
}

/** The same plan with other masks, and perhaps another scope. */
export function changeMasks(plan: Plan, change: (saved: SavedMask) => Partial<InjectedSite> & { mask: Tensor }): Plan {
  const sites = Object.fromEntries(savedMasks(plan).map((saved) => [saved.site, { ...saved.rule, ...change(saved) }]));
  return injectMasks(mapValues(sites, ({ mask, ...rule }) => ({ ...rule, mask: mask.toArray() })));
}

/** The masks of a plan as results, to be compared bit for bit. */
export function maskBits(plan: Plan): Results {
  return Object.fromEntries(savedMasks(plan).map(({ site, mask }) => [site, mask]));
}
