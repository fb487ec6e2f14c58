import { SITES, type Site } from '../../masks/sites.ts';
import type { Claim } from './claims.ts';
import type { CellKind, Fault } from './step.ts';

/** Where a mask may act: a site, or one of two places where none should. */
export type Place = Site | 'carriedHidden' | 'carriedCell';

/** The values that a factor can have, the kept one first; or null when it can be any number. */
export type Values = readonly number[] | null;

/** What a subject may be doing: where factors act, which values they can have, and what is wrong with its step. */
export interface Hypothesis {
  readonly places: ReadonlyMap<Place, Values>;
  /** Places that have one mask. */
  readonly linked: readonly (readonly [Place, Place])[];
  readonly fault: Fault | null;
  /** In words, what sets it apart from what the subject claims. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  /** The property that it violates. */
  readonly property: 'sites-as-claimed' | 'scaling-as-claimed' | 'carry-is-clean' | 'sites-share';
  readonly says: string;
  /** The site that it is about, if it is about one. */
  readonly site?: Site;
}

/** The values of a factor that acts as claimed. */
export function valuesOf({ site, rate, scaling, distribution }: Claim): Values {
  if (distribution !== 'bernoulli') return null;
  return [SITES[site].kind === 'multiplies' && scaling === 'inverted' ? 1 / (1 - rate) : 1, 0];
}

/** That the subject does what it claims. */
export function asClaimed(claims: readonly Claim[]): Hypothesis {
  const places = new Map<Place, Values>(claims.map((claim) => [claim.site, valuesOf(claim)]));
  const linked = claims.flatMap((a, n) =>
    claims.slice(n + 1).flatMap((b) => (haveOneMask(a, b) ? [[a.site, b.site] as const] : [])),
  );
  return { places, linked, fault: null, differences: [] };
}

/** Whether two sites are claimed to draw from one stream, and so to have one mask. */
export function haveOneMask(a: Claim, b: Claim): boolean {
  return a.stream === b.stream && a.rate === b.rate && a.scope === b.scope;
}

/**
 * What else the subject may be doing, likelier faults first: one difference from what it claims, another scheme
 * altogether, two differences.
 * @param sites those of its cell
 */
export function* alternatives(claims: readonly Claim[], kind: CellKind, sites: readonly Site[]): Generator<Hypothesis> {
  const claimed = asClaimed(claims);
  const edits = [...editsOf(claims, kind, sites)];
  for (const one of edits) yield one(claimed);
  for (const scheme of OTHER_SCHEMES.filter((places) => places.every((site) => sites.includes(site)))) {
    const names = scheme.map((site) => `'${site}'`).join(' and ');
    const says = `${names} dropped instead of what it claims`;
    const places = new Map(scheme.map((site) => [site, SITES[site].kind === 'zone' ? [1, 0] : null]));
    yield { places, linked: [], fault: null, differences: [{ property: 'sites-as-claimed', says }] };
  }
  for (const [n, first] of edits.entries()) for (const second of edits.slice(n + 1)) yield second(first(claimed));
}

const OTHER_SCHEMES: readonly (readonly Site[])[] = [
  ['input'],
  ['recurrent'],
  ['input', 'recurrent'],
  ['weight'],
  ['output'],
  ['update'],
  ['memory'],
  ['zoneHidden'],
  ['zoneCell'],
  ['zoneHidden', 'zoneCell'],
];

type Edit = (hypothesis: Hypothesis) => Hypothesis;

function* editsOf(claims: readonly Claim[], kind: CellKind, sites: readonly Site[]): Generator<Edit> {
  for (const { site } of claims) {
    yield edit('sites-as-claimed', `'${site}' is not dropped`, (places) => places.delete(site), site);
  }
  // The kept value of what is not claimed is not known: it is read from what the subject hands on.
  const dropped = null;
  for (const { site, distribution } of claims) {
    if (SITES[site].kind !== 'multiplies' || distribution !== 'bernoulli') continue;
    yield edit('scaling-as-claimed', `a kept value at '${site}' has another factor`, (places) =>
      places.set(site, null),
    );
  }
  if (asClaimed(claims).linked.length > 0) {
    yield (hypothesis) => ({
      ...hypothesis,
      linked: [],
      differences: [
        ...hypothesis.differences,
        { property: 'sites-share', says: 'one mask for two sites was expected' },
      ],
    });
  }
  yield edit('carry-is-clean', 'the h that is carried is dropped too', (places) =>
    places.set('carriedHidden', dropped).delete('recurrent'),
  );
  yield edit('carry-is-clean', 'the h that is carried is dropped', (places) => places.set('carriedHidden', dropped));
  yield faulty('carries what it hands on', 'what is handed on, dropped, is carried');
  if (kind === 'lstm') {
    yield faulty('reads the zoned cell', 'h reads the cell after its zone, rather than before (Krueger et al., eq. 5)');
    yield edit('carry-is-clean', 'the c that is carried is dropped', (places) => places.set('carriedCell', dropped));
  }
  yield faulty('hands on the state before its zone', 'what is handed on is not what is carried: it has no zone');
  yield faulty('carries the state before its zone', 'what is carried is not what is handed on: it has no zone');
  for (const site of sites.filter((name) => !claims.some((claim) => claim.site === name))) {
    const values = SITES[site].kind === 'zone' ? [1, 0] : dropped;
    yield edit('sites-as-claimed', `'${site}' is dropped, which it does not claim`, (places) =>
      places.set(site, values),
    );
  }
}

function edit(
  property: Difference['property'],
  says: string,
  change: (places: Map<Place, Values>) => unknown,
  site?: Site,
): Edit {
  return (hypothesis) => {
    const places = new Map(hypothesis.places);
    change(places);
    return {
      ...hypothesis,
      places,
      differences: [...hypothesis.differences, { property, says, ...(site && { site }) }],
    };
  };
}

function faulty(fault: Fault, says: string): Edit {
  return (hypothesis) => ({
    ...hypothesis,
    fault,
    differences: [...hypothesis.differences, { property: 'carry-is-clean', says }],
  });
}
