import type { Scheme } from '../scheme.ts';
import { type ZoneRates, zoneSites } from './zone-sites.ts';

/**
 * Stochastic depth in time: all units of a sample keep their previous state together, so that the step is left out
 * (Huang et al. 2016, arXiv:1603.09382, for layers; Krueger et al. 2017, arXiv:1606.01305, compare it with zoneout).
 */
export function stochasticDepth(rates: ZoneRates): Scheme {
  return zoneSites('stochasticDepth', rates, { scope: 'step', shared: ['unit'] });
}
