import { SITES, type Site } from '../../../masks/sites.ts';
import { type Claim, haveOneMask } from '../claims.ts';
import type { PropertyName } from '../property-names.ts';
import type { CellForm } from './cell-step.ts';

/** Where a mask may act: a site, or one of two places where none should. */
export type Place = Site | 'carriedHidden' | 'carriedCell';

/** The values that a factor can have, the kept one first; or null when it can be any number. */
export type Values = readonly number[] | null;

/** What a subject may be doing: where factors act, which values they can have, and what is wrong with its step. */
export interface Hypothesis extends CellForm {
  readonly places: ReadonlyMap<Place, Values>;
  /** Places that have one mask. */
  readonly linked: readonly (readonly [Place, Place])[];
  /** Sites that may act on some entries alone, and leave the others as they are. */
  readonly inPart: readonly Site[];
  /** In words, what sets it apart from what the subject claims. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  /** The property that it violates. */
  readonly property: PropertyName;
  readonly says: string;
  /** The site that it is about, if it is about one. */
  readonly site?: Site;
}

/** The values of a factor that acts as claimed. */
export function valuesOf({ site, rate, scaling, distribution }: Claim): Values {
  if (distribution !== 'bernoulli') return null;
  return [SITES[site].kind === 'multiplies' && scaling === 'inverted' ? 1 / (1 - rate) : 1, 0];
}

/** The values of a factor that acts where none is claimed: its kept value is read from the outputs. */
export function valuesUnclaimed(site: Site): Values {
  return SITES[site].kind === 'zone' ? [1, 0] : null;
}

/** That the subject does what it claims. @param form that of its cell */
export function asClaimed(claims: readonly Claim[], form: CellForm): Hypothesis {
  const places = new Map<Place, Values>(claims.map((claim) => [claim.site, valuesOf(claim)]));
  const linked = claims.flatMap((a, n) =>
    claims.slice(n + 1).flatMap((b) => (haveOneMask(a, b) ? [[a.site, b.site] as const] : [])),
  );
  return { ...form, places, linked, inPart: [], differences: [] };
}

/** Makes of a hypothesis one with one more difference from the claims. */
export type Edit = (hypothesis: Hypothesis) => Hypothesis;

/** Other places, or other values at a place. */
export function editPlaces(difference: Difference, change: (places: Map<Place, Values>) => unknown): Edit {
  return (hypothesis) => {
    const places = new Map(hypothesis.places);
    change(places);
    return { ...hypothesis, places, differences: [...hypothesis.differences, difference] };
  };
}
