import type { Scheme, Scope } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * A dropped unit keeps its previous state (Krueger et al. 2017, arXiv:1606.01305). The rates are the probabilities to
 * keep the old h and the old c; evaluation blends old and new by them. The paper draws at each step: scope 'step'.
 */
export function zoneout({
  hidden,
  cell,
  scope = 'sequence',
  ...rest
}: {
  readonly hidden?: number;
  readonly cell?: number;
  readonly scope?: Scope;
}): Scheme {
  return atSites(
    'zoneout',
    [
      { option: 'hidden', site: 'zoneHidden', rate: hidden },
      { option: 'cell', site: 'zoneCell', rate: cell },
    ],
    { scope },
    rest,
  );
}
