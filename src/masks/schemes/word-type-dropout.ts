import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * A word is dropped from all of a sample or from none of it: the embedding's part of variational dropout (Gal and
 * Ghahramani 2016, arXiv:1512.05287). For an embedding layer.
 */
export function wordTypeDropout(options: { readonly rate: Rate }): Scheme {
  const { rate, ...rest } = optionsOf('wordTypeDropout', options);
  return atSites('wordTypeDropout', [{ option: 'rate', site: 'wordType', rate }], {}, rest);
}
