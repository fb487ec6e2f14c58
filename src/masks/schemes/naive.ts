import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * Dropout drawn anew at each step on what enters and leaves a layer (Zaremba et al. 2014, arXiv:1409.2329).
 * The recurrent path is untouched.
 */
export function naive(options: { readonly input?: Rate; readonly output?: Rate }): Scheme {
  const { input, output, ...rest } = optionsOf('naive', options);
  return atSites(
    'naive',
    [
      { option: 'input', site: 'input', rate: input },
      { option: 'output', site: 'output', rate: output },
    ],
    { scope: 'step' },
    rest,
  );
}
