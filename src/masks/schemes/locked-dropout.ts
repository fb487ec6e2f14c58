import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/** One mask for all timesteps on what the layer hands on (Merity et al. 2017, arXiv:1708.02182, `LockedDropout`). */
export function lockedDropout(options: { readonly output: Rate }): Scheme {
  const { output, ...rest } = optionsOf('lockedDropout', options);
  return atSites('lockedDropout', [{ option: 'output', site: 'output', rate: output }], {}, rest);
}
