import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * One mask for all timesteps on x and on h before the gates' products (Gal and Ghahramani 2016, arXiv:1512.05287).
 * @param tied one mask for all gates (default true); false draws one per gate, the paper's better and slower variant
 */
export function variational(options: {
  readonly input?: Rate;
  readonly recurrent?: Rate;
  readonly tied?: boolean;
}): Scheme {
  const { input, recurrent, tied = true, ...rest } = optionsOf('variational', options);
  return atSites(
    'variational',
    [
      { option: 'input', site: 'input', rate: input },
      { option: 'recurrent', site: 'recurrent', rate: recurrent },
    ],
    { tied },
    rest,
  );
}
