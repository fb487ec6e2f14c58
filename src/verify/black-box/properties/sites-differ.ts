import { SITES } from '../../../masks/sites.ts';
import { type Claim, haveOneMask } from '../claims.ts';
import { betweenSites, type Finding } from '../decoding/findings.ts';
import type { Verdict } from '../mask-verdict.ts';

/** The masks of each two sites that are not claimed to be one. A mask of weights has no entry to set against another's. */
export function sitesDiffer(claims: readonly Claim[], findings: readonly Finding[]): Verdict[] {
  return claims.flatMap((a, n) =>
    claims.slice(n + 1).flatMap((b): Verdict[] => {
      const [first, second] = [a, b].map(({ site }) => findings.find((finding) => finding.site === site));
      if (!first || !second || SITES[a.site].ofWeights || SITES[b.site].ofWeights || haveOneMask(a, b)) return [];
      const seen = betweenSites(first, second);
      if (seen === 'unseen') return [];
      const passed = seen === 'two masks';
      const says = `'${a.site}' and '${b.site}': masks of their own${passed ? '' : ' were expected, but they are one'}`;
      return [{ name: 'sites-differ', passed, says }];
    }),
  );
}
