import { SITES, type Site } from '../../../masks/sites.ts';
import type { PropertyResult } from '../../report.ts';
import type { Claim } from '../claims.ts';
import type { CellForm } from '../decoding/cell-step.ts';
import type { Finding } from '../decoding/findings.ts';
import {
  type Difference,
  type Edit,
  editPlaces,
  type Hypothesis,
  valuesOf,
  valuesUnclaimed,
} from '../decoding/hypothesis.ts';
import type { StructureProperty } from '../structure-property.ts';

export const sitesAsClaimed: StructureProperty = {
  name: 'sites-as-claimed',
  right: 'masks at the claimed sites, and nowhere else, explain every output',
  applies: () => true,
  describe: ({ says }, _, finding) => (finding?.missing ? `${says}: ${finding.missing}` : says),
};

/** The verdict where no hypothesis explains the outputs. */
export function unexplained(
  seen: string | null,
  counterexample: Pick<PropertyResult, 'counterexample'>,
): PropertyResult {
  const says = 'no masks, at the claimed sites or at others, explain what is handed on';
  const detail = seen === null ? says : `${says}: ${seen}`;
  return { name: sitesAsClaimed.name, passed: false, detail, ...counterexample };
}

/** That a claimed site is not dropped. */
export function undroppedSites(claims: readonly Claim[]): Edit[] {
  return claims.map(({ site }) => change(site, `'${site}' is not dropped`, (places) => places.delete(site)));
}

/** That a claimed site is dropped at some places, and at others left as it is: neither dropped nor scaled. */
export function sitesInPart(claims: readonly Claim[]): Edit[] {
  return claims.flatMap((claim) => {
    const { site } = claim;
    const [kept = 1] = valuesOf(claim) ?? [];
    // What is kept unscaled cannot be told from what is left as it is.
    if (kept === 1) return [];
    const edit = change(site, `'${site}' is dropped in part`, (places) => places.set(site, [kept, 0, 1]));
    return [(hypothesis) => ({ ...edit(hypothesis), inPart: [...hypothesis.inPart, site] })];
  });
}

/** That one of the cell's other sites is dropped as well. */
export function addedSites(claims: readonly Claim[], sites: readonly Site[]): Edit[] {
  return sites
    .filter((name) => !claims.some((claim) => claim.site === name))
    .map((site) =>
      change(site, `'${site}' is dropped, which it does not claim`, (places) =>
        places.set(site, valuesUnclaimed(site)),
      ),
    );
}

function change(site: Site, says: string, places: Parameters<typeof editPlaces>[1]): Edit {
  return editPlaces({ property: sitesAsClaimed.name, says, site }, places);
}

/** That another scheme is applied altogether. @param sites those of the cell */
export function otherSchemes(sites: readonly Site[], { activations, fault }: CellForm): Hypothesis[] {
  return OTHER_SCHEMES.filter((scheme) => scheme.every((site) => sites.includes(site))).map((scheme) => {
    const names = scheme.map((site) => `'${site}'`).join(' and ');
    const says = `${names} dropped instead of what it claims`;
    const places = new Map(scheme.map((site) => [site, valuesUnclaimed(site)]));
    return {
      activations,
      fault,
      places,
      linked: [],
      inPart: [],
      differences: [{ property: sitesAsClaimed.name, says }],
    };
  });
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

/** A mask of values that differs between two units which read one value: it is a mask of weights. */
export function dropsEntriesOfWeights({ site, readers }: Finding): boolean {
  return !SITES[site].ofWeights && 'difference' in readers;
}

export function weightsDropped(findings: readonly Finding[]): Difference[] {
  return findings.filter(dropsEntriesOfWeights).map(({ site }) => ({
    property: sitesAsClaimed.name,
    site,
    says: `'${site}': two units that read the same value through the same gate have masks of their own: entries of a weight are dropped`,
  }));
}
