import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import type { Scaling } from '../sites.ts';
import { atSites } from './at-sites.ts';

/**
 * One mask for all timesteps on the LSTM's memory (Moon et al. 2015, rnnDrop). The mask is on a state that is
 * carried: inverted scaling can explode over many steps, literal scaling decays in evaluation.
 */
export function rnnDrop(options: { readonly memory: Rate; readonly scaling?: Scaling }): Scheme {
  const { memory, scaling = 'inverted', ...rest } = optionsOf('rnnDrop', options);
  return atSites('rnnDrop', [{ option: 'memory', site: 'memory', rate: memory }], { scaling }, rest);
}
