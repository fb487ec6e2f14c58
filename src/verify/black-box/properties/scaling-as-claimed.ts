import { SITES } from '../../../masks/sites.ts';
import type { Claim } from '../claims.ts';
import { type Finding, NEAR } from '../decoding/findings.ts';
import { type Edit, editPlaces, valuesOf } from '../decoding/hypothesis.ts';
import { showNumber } from '../show-number.ts';
import type { StructureProperty } from '../structure-property.ts';

/** How near a kept value must be to that of a rate which is itself only seen, as a share of it. */
const NEAR_SEEN = 0.02;

export const scalingAsClaimed: StructureProperty = {
  name: 'scaling-as-claimed',
  right: 'a kept value is multiplied by what the claimed scaling says',
  applies: () => true,
  describe({ says }, claim, finding) {
    if (!claim || !finding) return says;
    const [wanted = 1] = valuesOf(claim) ?? [];
    // Of several sites that may be scaled otherwise, one that turns out not to be.
    if (valuesOf(claim) && Math.abs(finding.kept - wanted) < NEAR) return null;
    const { kept } = finding;
    const hint = hintOf(claim, finding);
    return `'${claim.site}': a kept value is multiplied by ${showNumber(kept)}, not by ${showNumber(wanted)}${hint ? `: ${hint}` : ''}`;
  },
};

/** That the kept value of each site may be any number. */
export function scalingEdits(claims: readonly Claim[]): Edit[] {
  return claims.flatMap(({ site, distribution }) =>
    SITES[site].kind === 'multiplies' && distribution === 'bernoulli'
      ? [
          editPlaces({ property: scalingAsClaimed.name, says: `'${site}' is scaled otherwise`, site }, (places) =>
            places.set(site, null),
          ),
        ]
      : [],
  );
}

/** The mistake that gives such a kept value, where it is a known one. */
function hintOf(claim: Claim, { kept, rate }: Finding): string | undefined {
  const known: readonly (readonly [number, string])[] = [
    [1, 'it is not scaled'],
    [1 / (1 - claim.rate) ** 2, 'the mask is applied twice'],
    [1 / claim.rate, 'it is divided by the rate, not by what is left'],
    [1 / (1 - claim.rate), 'it is scaled'],
  ];
  const [, hint] = known.find(([value]) => Math.abs(value - kept) < NEAR * value) ?? [];
  const isOfSeenRate = Math.abs(1 / (1 - rate) - kept) < NEAR_SEEN * kept;
  return hint ?? (isOfSeenRate ? `the rate is ${showNumber(rate)}` : undefined);
}
