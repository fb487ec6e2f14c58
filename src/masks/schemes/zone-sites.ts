import { expectBoolean } from '../../checks.ts';
import { RateError } from '../../errors.ts';
import { expectRate, type Rate } from '../dropout-rate.ts';
import type { Scheme, SiteDropout } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/** The rates of schemes at zones. */
export interface ZoneRates {
  /** The probability that a unit of h keeps its previous value. */
  readonly hidden?: Rate;
  /** The probability that a unit of the LSTM's c keeps its previous value. */
  readonly cell?: Rate;
  /** One mask for h and c, rather than one each. It needs both rates, and equal ones. */
  readonly tied?: boolean;
}

/** A scheme at the zones whose rate is given. @param options what both of them have */
export function zoneSites(name: string, rates: ZoneRates, options: Omit<SiteDropout, 'site' | 'rate'>): Scheme {
  const { hidden, cell, tied = false } = rates;
  expectBoolean(name, 'tied', tied);
  for (const rate of [hidden, cell]) if (rate !== undefined) expectRate(name, rate);
  if (tied && (hidden === undefined || JSON.stringify(hidden) !== JSON.stringify(cell))) {
    throw new RateError(
      `${name}: equal rates for hidden and cell were expected, as tied zones have one mask, but ${JSON.stringify(hidden)} and ${JSON.stringify(cell)} came; tied: false is a mask each`,
    );
  }
  return atSites(
    name,
    [
      { option: 'hidden', site: 'zoneHidden', rate: hidden },
      { option: 'cell', site: 'zoneCell', rate: cell },
    ],
    { ...options, ...(tied ? { stream: 'zone' } : {}) },
  );
}
