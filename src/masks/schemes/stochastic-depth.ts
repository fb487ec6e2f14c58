import { optionsOf } from '../../checks.ts';
import type { Scheme } from '../scheme.ts';
import { type ZoneRates, zoneSites } from './zone-sites.ts';

/**
 * Stochastic depth in time: all units of a sample keep their previous state together, so that the step is left out
 * (Huang et al. 2016, arXiv:1603.09382, for layers; Krueger et al. 2017, arXiv:1606.01305, compare it with zoneout).
 * The masks are [B,T,1].
 * @param options.tied one mask for h and c (default true where both have a rate, which must then be the same: what leaves a step
 * out leaves all of it out); false draws one each, so that a step may be left out for h alone
 * @throws RateError when no rate is given, or one is not in [0, 1), or tied ones differ
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { key, sample, stochasticDepth } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const { masks } = sample(stochasticDepth({ hidden: 0.5, cell: 0.5 }), key(1), sizes);
 * console.log(JSON.stringify(masks.zoneHidden?.toArray())); // prints: [[[0],[1],[0]]]
 * console.log(JSON.stringify(masks.zoneCell?.toArray())); // prints: [[[0],[1],[0]]]
 * ```
 */
export function stochasticDepth(options: ZoneRates): Scheme {
  const {
    hidden,
    cell,
    tied = hidden !== undefined && cell !== undefined,
  } = optionsOf('stochasticDepth', options, {
    hidden: true,
    cell: true,
    tied: true,
  });
  return zoneSites('stochasticDepth', { ...options, tied }, { scope: 'step', shared: ['unit'] });
}
