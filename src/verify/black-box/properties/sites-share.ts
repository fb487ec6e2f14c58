import { type Claim, haveOneMask } from '../claims.ts';
import type { Edit } from '../decoding/hypothesis.ts';
import type { StructureProperty } from '../structure-property.ts';

export const sitesShare: StructureProperty = {
  name: 'sites-share',
  right: 'sites that draw from one stream have one mask',
  applies: someHaveOneMask,
  describe: ({ says }) => says,
};

/** That sites which are claimed to have one mask have one each. */
export function separateMasks(claims: readonly Claim[]): Edit[] {
  if (!someHaveOneMask(claims)) return [];
  const difference = { property: sitesShare.name, says: 'one mask for two sites was expected' };
  return [(hypothesis) => ({ ...hypothesis, linked: [], differences: [...hypothesis.differences, difference] })];
}

function someHaveOneMask(claims: readonly Claim[]): boolean {
  return claims.some((a, n) => claims.slice(n + 1).some((b) => haveOneMask(a, b)));
}
