import { distributionName } from '../../masks/distribution.ts';
import type { PropertyResult } from '../report.ts';
import type { Agreement } from './agreement.ts';
import { number } from './behaviour.ts';
import { type Claim, isPerBatch } from './claims.ts';
import { fitOf } from './distributions.ts';
import { betweenSites, type Finding, isDrop } from './findings.ts';
import { haveOneMask } from './hypothesis.ts';
import type { Entry } from './readings.ts';
import { FALSE_ALARM, isNoChance, plausibleShares } from './statistics.ts';

/** What became of one property at one site. */
interface Verdict {
  readonly name: string;
  readonly passed: boolean;
  readonly says: string;
  readonly example?: string;
}

/** Hold the masks that were found against those that are claimed. What could not be seen is left out. */
export function maskProperties(findings: readonly Finding[], claims: readonly Claim[]): PropertyResult[] {
  const verdicts = [
    ...claims.flatMap((claim) => {
      const finding = findings.find(({ site }) => site === claim.site);
      return finding ? siteVerdicts(claim, finding) : [];
    }),
    ...pairVerdicts(findings, claims),
  ];
  const names = [...new Set(verdicts.map(({ name }) => name))];
  return names.map((name) => {
    const own = verdicts.filter((verdict) => verdict.name === name);
    const wrong = own.filter(({ passed }) => !passed);
    const [example] = wrong.flatMap((verdict) => verdict.example ?? []);
    return {
      name,
      passed: wrong.length === 0,
      detail: (wrong.length > 0 ? wrong : own).map(({ says }) => says).join('; '),
      ...(example === undefined ? {} : { counterexample: example }),
    };
  });
}

function siteVerdicts(claim: Claim, finding: Finding): Verdict[] {
  const { site } = claim;
  const { time, gates, samples, units, calls, draws, twoValued } = finding;
  if (twoValued && draws.every(({ value }) => !isDrop(value))) {
    // Without a drop there is no mask to look at.
    const says = `'${site}': ${number(claim.rate)} was expected, but none of ${draws.length} entries is dropped`;
    return isNoChance(1 - claim.rate, draws.length) ? [{ name: 'rate-as-claimed', passed: false, says }] : [];
  }
  const untiable = site === 'input' || site === 'recurrent';
  return [
    claim.scope === 'sequence'
      ? same('fixed-in-time', site, 'one mask for all steps', time)
      : different('drawn-each-step', site, 'a mask of its own for each step', time),
    ...(untiable && claim.tied ? [same('gates-as-claimed', site, 'one mask for all gates', gates)] : []),
    ...(untiable && !claim.tied ? [different('gates-as-claimed', site, 'a mask of its own for each gate', gates)] : []),
    isPerBatch(claim)
      ? same('shared-across-batch', site, 'one mask for all samples', samples)
      : different('samples-differ', site, 'a mask of its own for each sample', samples),
    claim.shared.includes('unit')
      ? same('shared-across-units', site, 'one entry for all units', units)
      : different('units-differ', site, 'an entry of its own for each unit', units),
    different('masks-are-fresh', site, 'new masks for each call', calls),
    rateVerdict(claim, finding),
  ].filter((verdict) => verdict !== null);
}

/** Two entries that are to be one. */
function same(name: string, site: string, wanted: string, agreement: Agreement): Verdict | null {
  if (agreement.kind === 'unseen') return null;
  const { pairs } = agreement;
  if (agreement.kind === 'same') return { name, passed: true, says: `'${site}': ${wanted}: ${pairs} pairs agree` };
  const example = 'difference' in agreement ? { example: agreement.difference.map(place).join(' and ') } : {};
  return { name, passed: false, says: `'${site}': ${wanted} was expected, but entries differ`, ...example };
}

/** Two entries that are to be drawn independently. */
function different(name: string, site: string, wanted: string, agreement: Agreement): Verdict | null {
  if (agreement.kind === 'unseen') return null;
  const { pairs } = agreement;
  if (agreement.kind === 'independent') {
    return { name, passed: true, says: `'${site}': ${wanted}: ${pairs} pairs agree no more than chance has it` };
  }
  const often =
    agreement.kind === 'same'
      ? `all ${pairs} pairs agree`
      : agreement.kind === 'partly'
        ? `all ${pairs} pairs of ${agreement.at.join(' and ')} agree`
        : `${number(agreement.equal)} of ${pairs} pairs agree, ${number(agreement.expected)} by chance`;
  return { name, passed: false, says: `'${site}': ${wanted} was expected, but ${often}` };
}

function rateVerdict(claim: Claim, finding: Finding): Verdict | null {
  const { site, rate } = claim;
  const n = finding.draws.length;
  const name = 'rate-as-claimed';
  if (distributionName(claim.distribution) !== 'bernoulli') {
    const values = finding.draws.map(({ value }) => value);
    const fit = fitOf(claim, values);
    if (fit.bound > 0.3) return null;
    const passed = fit.distance <= fit.bound;
    const says = `'${site}': ${n} values are ${number(fit.distance)} from the claimed distribution, at most ${number(fit.bound)} was expected`;
    return { name, passed, says };
  }
  const [least, most] = plausibleShares(rate, n);
  // A count that could not tell the rate from none at all shows nothing.
  if (least === 0) return null;
  const seen = finding.rate;
  const passed = seen >= least && seen <= most;
  const kept = 1 - seen >= least && 1 - seen <= most && !passed ? ': that is the share to keep' : '';
  const says = `'${site}': ${number(seen)} of ${n} entries are dropped, ${number(rate)} was expected, from ${number(least)} to ${number(most)}${kept}`;
  return { name, passed, says: `${says} (false alarm below ${FALSE_ALARM})` };
}

/** The masks of two sites that are not claimed to be one. */
function pairVerdicts(findings: readonly Finding[], claims: readonly Claim[]): Verdict[] {
  return claims.flatMap((a, n) =>
    claims.slice(n + 1).flatMap((b): Verdict[] => {
      const [first, second] = [a, b].map(({ site }) => findings.find((finding) => finding.site === site));
      if (!first || !second || a.site === 'weight' || b.site === 'weight' || haveOneMask(a, b)) return [];
      const seen = betweenSites(first, second);
      if (seen === 'unseen') return [];
      const passed = seen === 'two masks';
      const says = `'${a.site}' and '${b.site}': masks of their own${passed ? '' : ' were expected, but they are one'}`;
      return [{ name: 'sites-differ', passed, says }];
    }),
  );
}

function place({ call, gate, unit, sample, time, value }: Entry): string {
  const where = gate < 0 ? `unit ${unit}` : `entry ${unit} at gate ${gate}`;
  return `${where} of sample ${sample} at step ${time} in call ${call} (factor ${number(value)})`;
}
