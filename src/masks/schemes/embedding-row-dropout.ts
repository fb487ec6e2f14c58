import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * Rows of the embedding's table are dropped for a whole batch (Merity et al. 2017, AWD-LSTM, arXiv:1708.02182,
 * `embedded_dropout`). For an embedding layer.
 */
export function embeddingRowDropout(options: { readonly rate: Rate }): Scheme {
  const { rate, ...rest } = optionsOf('embeddingRowDropout', options);
  return atSites('embeddingRowDropout', [{ option: 'rate', site: 'embeddingRow', rate }], {}, rest);
}
