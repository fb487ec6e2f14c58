import { optionsOf } from '../../checks.ts';
import type { Scheme } from '../scheme.ts';
import { type ZoneRates, zoneSites } from './zone-sites.ts';

/**
 * Stochastic depth in time: all units of a sample keep their previous state together, so that the step is left out
 * (Huang et al. 2016, arXiv:1603.09382, for layers; Krueger et al. 2017, arXiv:1606.01305, compare it with zoneout).
 * @param tied one mask for h and c (default true where both have a rate, which must then be the same: what leaves a step
 * out leaves all of it out); false draws one each, so that a step may be left out for h alone
 */
export function stochasticDepth(options: ZoneRates): Scheme {
  const { hidden, cell, tied = hidden !== undefined && cell !== undefined } = optionsOf('stochasticDepth', options);
  return zoneSites('stochasticDepth', { ...options, tied }, { scope: 'step', shared: ['unit'] });
}
