import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * One mask for all timesteps on what the layer hands on (Merity et al. 2017, arXiv:1708.02182, `LockedDropout`). The
 * mask is [B,H].
 * @throws RateError when the rate is left out or is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { key, lockedDropout, sample } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const { masks } = sample(lockedDropout({ output: 0.5 }), key(1), sizes);
 * console.log(masks.output?.toArray()); // prints: [ [ 0, 0, 0, 1 ] ]
 * ```
 */
export function lockedDropout(options: { readonly output: Rate }): Scheme {
  const { output } = optionsOf('lockedDropout', options, { output: true });
  return atSites('lockedDropout', [{ option: 'output', site: 'output', rate: output }], {});
}
