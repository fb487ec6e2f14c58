import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import type { Scaling, Scope } from '../sites.ts';
import { atSites } from './at-sites.ts';

/**
 * Dropout of the candidate that is added to the memory, never of the memory itself (Semeniuta et al. 2016,
 * arXiv:1603.05118). The authors' own code scales literally.
 * @param options.scope one mask [B,H] for all timesteps ('sequence', the default), or a new one at each
 * @param options.scaling 'inverted' when left out
 * @throws RateError when the rate is left out or is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { key, mean, recurrentDropout, sample } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const scheme = recurrentDropout({ update: 0.25, scope: 'step', scaling: 'literal' });
 * const { masks } = sample(scheme, key(2), sizes);
 * console.log(JSON.stringify(masks.update?.toArray()), masks.update?.scale);
 * // prints: [[[1,1,0,1],[1,1,1,1],[0,1,1,1]]] 1
 * console.log(mean(scheme).masks.update?.scale); // prints: 0.75
 * ```
 */
export function recurrentDropout(options: {
  readonly update: Rate;
  readonly scope?: Scope;
  readonly scaling?: Scaling;
}): Scheme {
  const {
    update,
    scope = 'sequence',
    scaling = 'inverted',
  } = optionsOf('recurrentDropout', options, { update: true, scope: true, scaling: true });
  return atSites('recurrentDropout', [{ option: 'update', site: 'update', rate: update }], { scope, scaling });
}
