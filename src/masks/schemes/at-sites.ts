import { RateError } from '../../errors.ts';
import type { Rate } from '../dropout-rate.ts';
import { resolveScheme, type Scheme, type SiteDropout } from '../scheme.ts';
import type { Site } from '../sites.ts';

/** The rate that an option of a scheme gives to a site, if it is given. */
interface SiteRate {
  readonly option: string;
  readonly site: Site;
  readonly rate: Rate | undefined;
}

/** The scheme that drops at the sites whose rate is given, with the same options at each. */
export function atSites(name: string, rates: readonly SiteRate[], options: Omit<SiteDropout, 'site' | 'rate'>): Scheme {
  const scheme = rates.flatMap(({ site, rate }) => (rate === undefined ? [] : [{ site, rate, ...options }]));
  if (scheme.length === 0) {
    throw new RateError(
      `${name}: a rate for ${rates.map(({ option }) => option).join(' or ')} was expected, but none came`,
    );
  }
  return resolveScheme(scheme);
}
