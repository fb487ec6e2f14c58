import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * Rows of the embedding's table are dropped for a whole batch (Merity et al. 2017, AWD-LSTM, arXiv:1708.02182,
 * `embedded_dropout`). For an embedding layer. A mask for tokens of B samples and T steps is [B,T,1].
 * @throws RateError when the rate is left out or is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { embeddingRowDropout, key, sample } from 'keepgate';
 *
 * // Two samples, time-major: 7, 3 and 3, 7.
 * const tokens = { ids: Int32Array.of(7, 3, 3, 7) };
 * const sizes = { batch: 2, time: 2, inputSize: 1, hiddenSize: 4, gates: 1, tokens };
 * const { masks } = sample(embeddingRowDropout({ rate: 0.5 }), key(1), sizes);
 * console.log(JSON.stringify(masks.embeddingRow?.toArray())); // prints: [[[1],[0]],[[0],[1]]]
 * ```
 */
export function embeddingRowDropout(options: { readonly rate: Rate }): Scheme {
  const { rate } = optionsOf('embeddingRowDropout', options, { rate: true });
  return atSites('embeddingRowDropout', [{ option: 'rate', site: 'embeddingRow', rate }], {});
}
