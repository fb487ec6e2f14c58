import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * Single tokens become the unknown word, so that its vector is trained as well (Bowman et al. 2016, arXiv:1511.06349).
 * For an embedding layer, which must know the id of the unknown word.
 */
export function unknownDropout(options: { readonly rate: Rate }): Scheme {
  const { rate, ...rest } = optionsOf('unknownDropout', options);
  return atSites('unknownDropout', [{ option: 'rate', site: 'unknown', rate }], {}, rest);
}
