import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/** DropConnect on the recurrent weights, drawn once per batch (Merity et al. 2017, AWD-LSTM, arXiv:1708.02182). */
export function weightDrop(options: { readonly recurrent: Rate }): Scheme {
  const { recurrent, ...rest } = optionsOf('weightDrop', options);
  return atSites('weightDrop', [{ option: 'recurrent', site: 'weight', rate: recurrent }], {}, rest);
}
