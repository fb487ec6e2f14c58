import { isSharedByBatch } from '../../masks/mask.ts';
import type { Claim } from './claims.ts';
import type { Finding } from './decoding/findings.ts';
import { unseenParts } from './properties/rate-as-claimed.ts';
import type { Agreement } from './statistics/agreement.ts';
import { BY_INDEX } from './statistics/partings.ts';

/** What too few masks were seen of to be judged, in words. */
export function unseenNotes(findings: readonly Finding[], claims: readonly Claim[]): string[] {
  const rates = new Map<string, string[]>();
  const pairs = new Map<string, string[]>();
  const add = (notes: Map<string, string[]>, of: string, site: string, unseen: number, all: number): void => {
    if (unseen === 0) return;
    notes.set(of, [...(notes.get(of) ?? []), unseen === all ? `'${site}'` : `'${site}' (${unseen} of ${all})`]);
  };
  for (const claim of claims) {
    const finding = findings.find(({ site }) => site === claim.site);
    if (!finding) continue;
    for (const parting of BY_INDEX) {
      const { unseen, all } = unseenParts(claim, finding, parting);
      add(rates, `each ${parting.of}`, claim.site, unseen, all);
    }
    for (const [of, agreement] of independent(claim, finding)) {
      if (agreement.kind === 'unseen') add(pairs, of, claim.site, 1, 1);
      if (agreement.kind === 'independent') add(pairs, of, claim.site, agreement.unseen, agreement.places);
    }
  }
  const listed = (notes: Map<string, string[]>): string =>
    [...notes].map(([of, sites]) => `of ${of} at ${sites.join(', ')}`).join('; ');
  return [
    ...(rates.size > 0 ? [`too few masks were seen to judge the rate ${listed(rates)}`] : []),
    ...(pairs.size > 0 ? [`too few masks were seen to tell whether two share one, ${listed(pairs)}`] : []),
  ];
}

/** The axes along which a claim has masks of their own. */
function independent(claim: Claim, finding: Finding): (readonly [string, Agreement])[] {
  const { scope, tied, shared } = claim;
  return [
    ...(shared.includes('unit') ? [] : [['each two units', finding.units] as const]),
    ...(isSharedByBatch(claim) ? [] : [['each two samples', finding.samples] as const]),
    ...(scope === 'step' ? [['each two steps', finding.time] as const] : []),
    ...(tied ? [] : [['each two gates', finding.gates] as const]),
    ['each two calls', finding.calls] as const,
  ];
}
