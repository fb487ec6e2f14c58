import { optionsOf } from '../../checks.ts';
import type { Scheme } from '../scheme.ts';
import type { Scope } from '../sites.ts';
import { type ZoneRates, zoneSites } from './zone-sites.ts';

/**
 * A dropped unit keeps its previous state (Krueger et al. 2017, arXiv:1606.01305). The rates are the probabilities to
 * keep the old h and the old c; evaluation blends old and new by them. The paper draws at each step: scope 'step'.
 * @param options.tied one mask for h and c (default false, as in the paper: each its own)
 * @param options.scope one mask [B,H] for all timesteps ('sequence', the default), or a new one at each
 * @throws RateError when no rate is given, or one is not in [0, 1), or tied ones differ
 * @example
 * ```ts
 * import { key, mean, sample, zoneout } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const scheme = zoneout({ hidden: 0.25, cell: 0.5, scope: 'step' });
 * const { masks } = sample(scheme, key(2), sizes);
 * console.log(JSON.stringify(masks.zoneHidden?.toArray())); // prints: [[[1,1,1,0],[0,1,1,0],[1,1,0,1]]]
 * console.log(mean(scheme).masks.zoneHidden?.scale, mean(scheme).masks.zoneCell?.scale); // prints: 0.75 0.5
 * ```
 */
export function zoneout(options: ZoneRates & { readonly scope?: Scope }): Scheme {
  const { scope = 'sequence', ...rates } = optionsOf('zoneout', options, {
    hidden: true,
    cell: true,
    tied: true,
    scope: true,
  });
  return zoneSites('zoneout', rates, { scope });
}
