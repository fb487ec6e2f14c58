import { type InjectedSite, injectMasks, type Plan, type Tensor, tensor } from 'keepgate';
import { mapValues } from './tensors.ts';

/** A site of a saved plan, with its mask as a tensor: [B,n], [B,T,n], [G,...] or, of a weight, [G*H,H]. */
export interface SavedMask {
  readonly site: string;
  readonly mask: Tensor;
  readonly rule: Required<Omit<InjectedSite, 'mask'>>;
  /** Which axis of the mask counts samples; a weight has none. */
  readonly batchAxis: number | null;
}

/** The masks of a drawn plan. */
export function savedMasks(plan: Plan): readonly SavedMask[] {
  return Object.entries(plan.toJSON()).map(([site, { mask, ...rule }]) => ({
    site,
    mask: tensor(mask),
    rule: rule as SavedMask['rule'],
    batchAxis: site === 'weight' ? null : rule.untied ? 1 : 0,
  }));
}

/** The same plan with other masks, and perhaps another scope. */
export function changeMasks(plan: Plan, change: (saved: SavedMask) => Partial<InjectedSite> & { mask: Tensor }): Plan {
  const sites = Object.fromEntries(savedMasks(plan).map((saved) => [saved.site, { ...saved.rule, ...change(saved) }]));
  return injectMasks(mapValues(sites, ({ mask, ...rule }) => ({ ...rule, mask: mask.toArray() })));
}

/** The masks of a plan as results, to be compared bit for bit. */
export function maskBits(plan: Plan): Record<string, Tensor> {
  return Object.fromEntries(savedMasks(plan).map(({ site, mask }) => [site, mask]));
}
