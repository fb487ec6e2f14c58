import type { PropertyResult } from '../report.ts';
import type { Claim } from './claims.ts';
import type { Finding } from './decoding/findings.ts';
import type { SiteProperty, Verdict } from './mask-verdict.ts';
import { fixedInTimeOrDrawnEachStep } from './properties/fixed-in-time-or-drawn-each-step.ts';
import { gatesAsClaimed } from './properties/gates-as-claimed.ts';
import { masksAreFresh } from './properties/masks-are-fresh.ts';
import { dropsNothing, rateAsClaimed } from './properties/rate-as-claimed.ts';
import { samplesDifferOrSharedAcrossBatch } from './properties/samples-differ-or-shared-across-batch.ts';
import { sitesDiffer } from './properties/sites-differ.ts';
import { unitsDifferOrSharedAcrossUnits } from './properties/units-differ-or-shared-across-units.ts';

const SITE_PROPERTIES: readonly SiteProperty[] = [
  fixedInTimeOrDrawnEachStep,
  gatesAsClaimed,
  samplesDifferOrSharedAcrossBatch,
  unitsDifferOrSharedAcrossUnits,
  masksAreFresh,
  rateAsClaimed,
];

/** Hold the masks that were found against those that are claimed. What could not be seen is left out. */
export function maskProperties(findings: readonly Finding[], claims: readonly Claim[]): PropertyResult[] {
  const verdicts = [
    ...claims.flatMap((claim) => {
      const finding = findings.find(({ site }) => site === claim.site);
      return finding ? verdictsAt(claim, finding) : [];
    }),
    ...sitesDiffer(claims, findings),
  ];
  const names = [...new Set(verdicts.map(({ name }) => name))];
  return names.map((name) => {
    const ofName = verdicts.filter((verdict) => verdict.name === name);
    const wrong = ofName.filter(({ passed }) => !passed);
    const [example] = wrong.flatMap((verdict) => verdict.example ?? []);
    return {
      name,
      passed: wrong.length === 0,
      detail: (wrong.length > 0 ? wrong : ofName).map(({ says }) => says).join('; '),
      ...(example === undefined ? {} : { counterexample: example }),
    };
  });
}

/** Where nothing is dropped there is no mask to look at, and only the rate to speak of. */
function verdictsAt(claim: Claim, finding: Finding): Verdict[] {
  const properties = dropsNothing(finding) ? [rateAsClaimed] : SITE_PROPERTIES;
  return properties.flatMap((verdict) => verdict(claim, finding) ?? []);
}
