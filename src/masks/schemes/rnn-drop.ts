import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import type { Scaling } from '../sites.ts';
import { atSites } from './at-sites.ts';

/**
 * One mask for all timesteps on the LSTM's memory (Moon et al. 2015, rnnDrop). The mask is on a state that is carried:
 * inverted scaling can explode over many steps, literal scaling decays in evaluation. The mask is [B,H].
 * @param options.scaling 'inverted' when left out
 * @throws RateError when the rate is left out or is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { mean, rnnDrop, schemeWarnings } from 'keepgate';
 *
 * const scheme = rnnDrop({ memory: 0.25, scaling: 'literal' });
 * console.log(mean(scheme).masks.memory?.scale); // prints: 0.75
 * console.log(schemeWarnings(scheme)[0]);
 * // prints: memory: in evaluation the carried cell is multiplied by 0.75 at every step, so it decays
 * ```
 */
export function rnnDrop(options: { readonly memory: Rate; readonly scaling?: Scaling }): Scheme {
  const { memory, scaling = 'inverted' } = optionsOf('rnnDrop', options, { memory: true, scaling: true });
  return atSites('rnnDrop', [{ option: 'memory', site: 'memory', rate: memory }], { scaling });
}
