import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * The vectors of single tokens become zero, and nothing is scaled, in training or evaluation (`WordDropout` of Flair:
 * Akbik et al. 2019). For an embedding layer. The mask is [B,T,1].
 * @throws RateError when the rate is left out or is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { key, sample, tokenDropout } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 5, inputSize: 1, hiddenSize: 4, gates: 1 };
 * const { masks } = sample(tokenDropout({ rate: 0.5 }), key(1), sizes);
 * console.log(JSON.stringify(masks.token?.toArray()), masks.token?.scale); // prints: [[[0],[0],[1],[0],[0]]] 1
 * ```
 */
export function tokenDropout(options: { readonly rate: Rate }): Scheme {
  const { rate } = optionsOf('tokenDropout', options, { rate: true });
  return atSites('tokenDropout', [{ option: 'rate', site: 'token', rate }], {});
}
