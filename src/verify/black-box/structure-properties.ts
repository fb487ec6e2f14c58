import type { PropertyResult } from '../report.ts';
import { number } from './behaviour.ts';
import type { Claim } from './claims.ts';
import type { Finding } from './findings.ts';
import { type Difference, type Hypothesis, haveOneMask, valuesOf } from './hypothesis.ts';
import type { Failure } from './readings.ts';

/** What explains a subject's outputs, or that nothing does. */
export interface Explanation {
  readonly hypothesis: Hypothesis;
  readonly findings: readonly Finding[];
}

/**
 * Where masks act, what a kept value is multiplied by, and whether the state is carried clean.
 * @param example the smallest call that contradicts the claims, or null where none does
 */
export function structureProperties(
  explanation: Explanation | null,
  claims: readonly Claim[],
  example: string | null,
): PropertyResult[] {
  const counterexample = example === null ? {} : { counterexample: example };
  if (!explanation) {
    const detail = 'no masks, at the claimed sites or at others, explain what is handed on';
    return [{ name: 'sites-as-claimed', passed: false, detail, ...counterexample }];
  }
  const { hypothesis, findings } = explanation;
  const broken = findings.filter(({ site, readers }) => site !== 'weight' && 'difference' in readers);
  const differences: readonly Difference[] = [
    ...hypothesis.differences,
    ...broken.map(
      ({ site }): Difference => ({
        property: 'sites-as-claimed',
        site,
        says: `'${site}': two units that read the same value through the same gate have masks of their own: entries of a weight are dropped`,
      }),
    ),
  ];
  const shares = claims.some((a, n) => claims.slice(n + 1).some((b) => haveOneMask(a, b)));
  return PROPERTIES.filter(({ name }) => name !== 'sites-share' || shares).map(({ name, right }) => {
    const wrong = differences.filter((one) => one.property === name && !isScaledRight(one, findings, claims));
    if (wrong.length === 0) return { name, passed: true, detail: right };
    const detail = wrong.map((difference) => describe(difference, findings, claims)).join('; ');
    return { name, passed: false, detail, ...counterexample };
  });
}

const PROPERTIES: readonly { readonly name: Difference['property']; readonly right: string }[] = [
  { name: 'sites-as-claimed', right: 'masks at the claimed sites, and nowhere else, explain every output' },
  { name: 'scaling-as-claimed', right: 'a kept value is multiplied by what the claimed scaling says' },
  { name: 'carry-is-clean', right: 'the state is carried as the equations say, and what is handed on is the state' },
  { name: 'sites-share', right: 'sites that draw from one stream have one mask' },
];

/** Of several sites that may be scaled otherwise, one that turns out not to be. */
function isScaledRight(
  { property, site }: Difference,
  findings: readonly Finding[],
  claims: readonly Claim[],
): boolean {
  const claim = claims.find((one) => one.site === site);
  const kept = findings.find((one) => one.site === site)?.kept;
  const [wanted] = (claim && valuesOf(claim)) ?? [];
  return property === 'scaling-as-claimed' && kept !== undefined && Math.abs(kept - (wanted ?? Number.NaN)) < 2e-3;
}

function describe(
  { property, site, says }: Difference,
  findings: readonly Finding[],
  claims: readonly Claim[],
): string {
  const claim = claims.find((one) => one.site === site);
  const finding = findings.find((one) => one.site === site);
  if (property !== 'scaling-as-claimed' || !claim || !finding) return says;
  const [wanted = 1] = valuesOf(claim) ?? [];
  const { kept, rate } = finding;
  const known: readonly (readonly [number, string])[] = [
    [1, 'it is not scaled'],
    [1 / (1 - claim.rate) ** 2, 'the mask is applied twice'],
    [1 / claim.rate, 'it is divided by the rate, not by what is left'],
    [1 / (1 - claim.rate), 'it is scaled'],
  ];
  const hint =
    known.find(([value]) => Math.abs(value - kept) < 2e-3 * value)?.[1] ??
    (Math.abs(1 / (1 - rate) - kept) < 0.02 * kept ? `the rate is ${number(rate)}` : undefined);
  return `'${claim.site}': a kept value is multiplied by ${number(kept)}, not by ${number(wanted)}${hint ? `: ${hint}` : ''}`;
}

/** Where it is, what came, and what the claims allow. */
export function describeFailure({ call, sample, unit, step, came, possible }: Failure): string {
  const values = possible.slice(0, 4).map(number).join(' or ');
  return `y[${sample}][${step}][${unit}] was ${number(came)}, but the claims allow ${values || 'nothing'} (probe '${call.probe.name}')`;
}
