import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * A word is dropped from all of a sample or from none of it: the embedding's part of variational dropout (Gal and
 * Ghahramani 2016, arXiv:1512.05287). For an embedding layer. The mask for tokens of B samples and T steps is [B,T,1].
 * @throws RateError when the rate is left out or is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { key, sample, wordTypeDropout } from 'keepgate';
 *
 * const tokens = { ids: Int32Array.of(7, 3, 7, 5, 3) };
 * const sizes = { batch: 1, time: 5, inputSize: 1, hiddenSize: 4, gates: 1, tokens };
 * const { masks } = sample(wordTypeDropout({ rate: 0.5 }), key(1), sizes);
 * console.log(JSON.stringify(masks.wordType?.toArray())); // prints: [[[1],[0],[1],[1],[0]]]
 * ```
 */
export function wordTypeDropout(options: { readonly rate: Rate }): Scheme {
  const { rate } = optionsOf('wordTypeDropout', options, { rate: true });
  return atSites('wordTypeDropout', [{ option: 'rate', site: 'wordType', rate }], {});
}
