import type { Scaling, Scheme, Scope } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * Dropout of the candidate that is added to the memory, never of the memory itself (Semeniuta et al. 2016,
 * arXiv:1603.05118). The authors' own code scales literally.
 */
export function recurrentDropout({
  update,
  scope = 'sequence',
  scaling = 'inverted',
  ...rest
}: {
  readonly update: number;
  readonly scope?: Scope;
  readonly scaling?: Scaling;
}): Scheme {
  return atSites('recurrentDropout', [{ option: 'update', site: 'update', rate: update }], { scope, scaling }, rest);
}
