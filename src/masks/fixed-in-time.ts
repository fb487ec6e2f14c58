import { fold, type Key } from '../random/key.ts';
import { type Scope, SITES, type Site } from './sites.ts';

/**
 * When a mask is fixed in time, in full. A mask of scope 'sequence' is one for all timesteps: it has no axis of time, and
 * its key knows no timestep. A mask of scope 'step' has an entry for each timestep, drawn with a key of its own.
 */
interface InTime {
  readonly site: Site;
  readonly scope: Scope;
}

/** The scope of a site where a scheme names none: fixed in time, where the site can be. */
export function defaultScope(site: Site): Scope {
  return SITES[site].scopes[0];
}

/** Whether a mask has an entry for each timestep; one that is fixed for word types repeats where a word does. */
export function hasTimesteps({ site, scope }: InTime): boolean {
  return scope === 'step' || SITES[site].ofWordTypes;
}

/** The key that the entries of a timestep are drawn with: the same for all timesteps of a mask that is fixed. */
export function timestepKey({ scope }: Pick<InTime, 'scope'>, maskKey: Key, timestep: number): Key {
  return scope === 'step' ? fold(maskKey, timestep) : maskKey;
}
