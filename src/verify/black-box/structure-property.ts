import type { PropertyResult } from '../report.ts';
import type { Claim } from './claims.ts';
import type { Finding } from './decoding/findings.ts';
import type { Difference, Hypothesis } from './decoding/hypothesis.ts';
import type { PropertyName } from './property-names.ts';

/** A property of where masks act and how: it fails where what explains the outputs differs from the claims in it. */
export interface StructureProperty {
  readonly name: PropertyName;
  /** What is said where it holds. */
  readonly right: string;
  /** Whether it speaks of these claims. */
  applies(claims: readonly Claim[]): boolean;
  /** A difference in words, or null where it turns out to be none. */
  describe(difference: Difference, claim: Claim | undefined, finding: Finding | undefined): string | null;
}

/** What explains a subject's outputs. */
export interface Explanation {
  readonly hypothesis: Hypothesis;
  readonly findings: readonly Finding[];
}

/**
 * The verdict on such a property.
 * @param differences all that explains the outputs and is not as claimed
 * @param counterexample what is shown where it fails
 */
export function judgeStructure(
  { name, right, describe }: StructureProperty,
  differences: readonly Difference[],
  claims: readonly Claim[],
  findings: readonly Finding[],
  counterexample: Pick<PropertyResult, 'counterexample'>,
): PropertyResult {
  const wrong = differences.flatMap((difference) => {
    if (difference.property !== name) return [];
    const claim = claims.find(({ site }) => site === difference.site);
    const finding = findings.find(({ site }) => site === difference.site);
    return describe(difference, claim, finding) ?? [];
  });
  if (wrong.length === 0) return { name, passed: true, detail: right };
  return { name, passed: false, detail: wrong.join('; '), ...counterexample };
}
