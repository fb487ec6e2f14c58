import { optionsOf } from '../../checks.ts';
import type { Scheme } from '../scheme.ts';
import type { Scope } from '../sites.ts';
import { type ZoneRates, zoneSites } from './zone-sites.ts';

/**
 * A dropped unit keeps its previous state (Krueger et al. 2017, arXiv:1606.01305). The rates are the probabilities to
 * keep the old h and the old c; evaluation blends old and new by them. The paper draws at each step: scope 'step'.
 * @param tied one mask for h and c (default false, as in the paper: each its own)
 */
export function zoneout(options: ZoneRates & { readonly scope?: Scope }): Scheme {
  const { scope = 'sequence', ...rates } = optionsOf('zoneout', options);
  return zoneSites('zoneout', rates, { scope });
}
