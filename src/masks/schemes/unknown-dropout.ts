import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * Single tokens become the unknown word, so that its vector is trained as well (Bowman et al. 2016, arXiv:1511.06349).
 * For an embedding layer, which must know the id of the unknown word. The mask is [B,T,1].
 * @throws RateError when the rate is left out or is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { embedding, key, sample, unknownDropout } from 'keepgate';
 *
 * const dropout = unknownDropout({ rate: 0.5 });
 * const { masks } = sample(dropout, key(1), { batch: 1, time: 5, inputSize: 1, hiddenSize: 4, gates: 1 });
 * console.log(JSON.stringify(masks.unknown?.toArray())); // prints: [[[0],[0],[1],[0],[0]]]
 * const words = embedding({ vocabulary: 10, units: 4, unknown: 1, dropout });
 * embedding({ vocabulary: 10, units: 4, dropout });
 * // throws: OptionError: embedding: an id from 0 to 9 was expected as unknown, ...
 * ```
 */
export function unknownDropout(options: { readonly rate: Rate }): Scheme {
  const { rate } = optionsOf('unknownDropout', options, { rate: true });
  return atSites('unknownDropout', [{ option: 'rate', site: 'unknown', rate }], {});
}
