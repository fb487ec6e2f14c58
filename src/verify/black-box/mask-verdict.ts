import type { Claim } from './claims.ts';
import type { Finding } from './decoding/findings.ts';
import type { Entry } from './probes/readings.ts';
import type { PropertyName } from './property-names.ts';
import { showNumber } from './show-number.ts';
import type { Agreement } from './statistics/agreement.ts';

/** What became of one property at one site, or between two. */
export interface Verdict {
  readonly name: PropertyName;
  readonly passed: boolean;
  readonly says: string;
  readonly example?: string;
}

/** The verdict on the masks of one site; null where the property does not speak of the claim, or too little was seen. */
export type SiteProperty = (claim: Claim, finding: Finding) => Verdict | null;

/** Two entries that the claims say are one. */
export function expectSame(name: PropertyName, site: string, wanted: string, agreement: Agreement): Verdict | null {
  if (agreement.kind === 'unseen') return null;
  const { pairs } = agreement;
  if (agreement.kind === 'same') return { name, passed: true, says: `'${site}': ${wanted}: ${pairs} pairs agree` };
  const example = 'difference' in agreement ? { example: agreement.difference.map(place).join(' and ') } : {};
  return { name, passed: false, says: `'${site}': ${wanted} was expected, but entries differ`, ...example };
}

/** Two entries that the claims say are drawn independently. */
export function expectIndependent(
  name: PropertyName,
  site: string,
  wanted: string,
  agreement: Agreement,
): Verdict | null {
  if (agreement.kind === 'unseen') return null;
  const { pairs } = agreement;
  if (agreement.kind === 'independent') {
    return { name, passed: true, says: `'${site}': ${wanted}: ${pairs} pairs agree no more than chance has it` };
  }
  const often =
    agreement.kind === 'same'
      ? `all ${pairs} pairs agree`
      : `of ${pairs} pairs of ${agreement.at} ${showNumber(100 * agreement.equal)}% agree, ${showNumber(100 * agreement.expected)}% by chance`;
  return { name, passed: false, says: `'${site}': ${wanted} was expected, but ${often}` };
}

function place({ call, gate, unit, sample, time, value }: Entry): string {
  const where = gate < 0 ? `unit ${unit}` : `entry ${unit} at gate ${gate}`;
  return `${where} of sample ${sample} at step ${time} in call ${call} (factor ${showNumber(value)})`;
}
