import type { Scheme } from '../scheme.ts';
import type { Scope } from '../sites.ts';
import { type ZoneRates, zoneSites } from './zone-sites.ts';

/**
 * A dropped unit keeps its previous state (Krueger et al. 2017, arXiv:1606.01305). The rates are the probabilities to
 * keep the old h and the old c; evaluation blends old and new by them. The paper draws at each step: scope 'step'.
 */
export function zoneout({ scope = 'sequence', ...rates }: ZoneRates & { readonly scope?: Scope }): Scheme {
  return zoneSites('zoneout', rates, { scope });
}
