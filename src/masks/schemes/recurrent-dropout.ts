import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import type { Scaling, Scope } from '../sites.ts';
import { atSites } from './at-sites.ts';

/**
 * Dropout of the candidate that is added to the memory, never of the memory itself (Semeniuta et al. 2016,
 * arXiv:1603.05118). The authors' own code scales literally.
 */
export function recurrentDropout(options: {
  readonly update: Rate;
  readonly scope?: Scope;
  readonly scaling?: Scaling;
}): Scheme {
  const { update, scope = 'sequence', scaling = 'inverted', ...rest } = optionsOf('recurrentDropout', options);
  return atSites('recurrentDropout', [{ option: 'update', site: 'update', rate: update }], { scope, scaling }, rest);
}
