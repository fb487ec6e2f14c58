import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import type { Scope } from '../sites.ts';
import { atSites } from './at-sites.ts';

/**
 * Gaussian dropout: numbers of mean 1 and variance p / (1 - p) in place of bits, which is the Bernoulli's variance
 * (Srivastava et al. 2014; Kingma et al. 2015, arXiv:1506.02557).
 * @param scope one mask for all timesteps ('sequence', the default), or a new one at each
 * @param tied one mask for all gates (default true); false is for input and recurrent
 */
export function gaussian(options: {
  readonly input?: Rate;
  readonly recurrent?: Rate;
  readonly output?: Rate;
  readonly scope?: Scope;
  readonly tied?: boolean;
}): Scheme {
  const { input, recurrent, output, scope = 'sequence', tied = true, ...rest } = optionsOf('gaussian', options);
  return atSites(
    'gaussian',
    [
      { option: 'input', site: 'input', rate: input },
      { option: 'recurrent', site: 'recurrent', rate: recurrent },
      { option: 'output', site: 'output', rate: output },
    ],
    { scope, tied, distribution: 'gaussian' },
    rest,
  );
}
