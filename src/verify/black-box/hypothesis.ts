import { SITES, type Site } from '../../masks/sites.ts';
import type { CellKind, Fault } from './cell-step.ts';
import type { Claim } from './claims.ts';

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
  const scaled = scalingsOf(claims);
  const others = [...carryEdits(claims, kind), ...addedSites(claims, sites)];
  const together = (all: readonly Edit[]): Hypothesis => all.reduce((hypothesis, one) => one(hypothesis), claimed);
  for (const some of [siteEdits(claims), scaled]) {
    for (const one of some) yield one(claimed);
    if (some.length > 1) yield together(some);
  }
  if (claims.length === 0) for (const one of others) yield one(claimed);
  for (const scheme of OTHER_SCHEMES.filter((places) => places.every((site) => sites.includes(site)))) {
    const names = scheme.map((site) => `'${site}'`).join(' and ');
    const says = `${names} dropped instead of what it claims`;
    const places = new Map(scheme.map((site) => [site, SITES[site].kind === 'zone' ? [1, 0] : null]));
    yield { places, linked: [], fault: null, differences: [{ property: 'sites-as-claimed', says }] };
  }
  for (const one of others) yield one(claimed);
  const all = [...siteEdits(claims), ...scaled, ...others];
  for (const [n, first] of all.entries()) for (const second of all.slice(n + 1)) yield second(first(claimed));
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

function siteEdits(claims: readonly Claim[]): Edit[] {
  return claims.map(({ site }) =>
    edit('sites-as-claimed', `'${site}' is not dropped`, (places) => places.delete(site), site),
  );
}

function scalingsOf(claims: readonly Claim[]): Edit[] {
  return claims.flatMap(({ site, distribution }) =>
    SITES[site].kind === 'multiplies' && distribution === 'bernoulli'
      ? [edit('scaling-as-claimed', `'${site}' is scaled otherwise`, (places) => places.set(site, null), site)]
      : [],
  );
}

/** The kept value of what is not claimed is not known: it is read from what the subject hands on. */
const DROPPED = null;

function carryEdits(claims: readonly Claim[], kind: CellKind): Edit[] {
  const separate: Edit = (hypothesis) => ({
    ...hypothesis,
    linked: [],
    differences: [...hypothesis.differences, { property: 'sites-share', says: 'one mask for two sites was expected' }],
  });
  return [
    ...(asClaimed(claims).linked.length > 0 ? [separate] : []),
    edit('carry-is-clean', 'the h that is carried is dropped too', (places) =>
      places.set('carriedHidden', DROPPED).delete('recurrent'),
    ),
    edit('carry-is-clean', 'the h that is carried is dropped', (places) => places.set('carriedHidden', DROPPED)),
    faulty('carries what it hands on', 'what is handed on, dropped, is carried'),
    ...(kind === 'lstm'
      ? [
          faulty('reads the zoned cell', 'h reads the cell after its zone, rather than before (Krueger et al., eq. 5)'),
          edit('carry-is-clean', 'the c that is carried is dropped', (places) => places.set('carriedCell', DROPPED)),
        ]
      : []),
    faulty('hands on the state before its zone', 'what is handed on is not what is carried: it has no zone'),
    faulty('carries the state before its zone', 'what is carried is not what is handed on: it has no zone'),
  ];
}

function addedSites(claims: readonly Claim[], sites: readonly Site[]): Edit[] {
  return sites
    .filter((name) => !claims.some((claim) => claim.site === name))
    .map((site) => {
      const values = SITES[site].kind === 'zone' ? [1, 0] : DROPPED;
      const says = `'${site}' is dropped, which it does not claim`;
      return edit('sites-as-claimed', says, (places) => places.set(site, values), site);
    });
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
