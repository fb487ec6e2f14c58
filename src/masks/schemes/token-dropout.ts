import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * The vectors of single tokens become zero, and nothing is scaled, in training or evaluation (`WordDropout` of Flair:
 * Akbik et al. 2019). For an embedding layer.
 */
export function tokenDropout(options: { readonly rate: Rate }): Scheme {
  const { rate, ...rest } = optionsOf('tokenDropout', options);
  return atSites('tokenDropout', [{ option: 'rate', site: 'token', rate }], {}, rest);
}
