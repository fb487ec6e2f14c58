import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * DropConnect on the recurrent weights, drawn once per batch (Merity et al. 2017, AWD-LSTM, arXiv:1708.02182). The mask
 * is [G*H,H].
 * @throws RateError when the rate is left out or is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { key, sample, weightDrop } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const { masks } = sample(weightDrop({ recurrent: 0.5 }), key(1), sizes);
 * console.log(masks.weight?.sizes, masks.weight?.scale); // prints: { gate: 1, time: 1, row: 16, unit: 4 } 2
 * ```
 */
export function weightDrop(options: { readonly recurrent: Rate }): Scheme {
  const { recurrent } = optionsOf('weightDrop', options, { recurrent: true });
  return atSites('weightDrop', [{ option: 'recurrent', site: 'weight', rate: recurrent }], {});
}
