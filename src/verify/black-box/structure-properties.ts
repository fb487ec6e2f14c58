import type { PropertyResult } from '../report.ts';
import type { Claim } from './claims.ts';
import { carryIsClean } from './properties/carry-is-clean.ts';
import { scalingAsClaimed } from './properties/scaling-as-claimed.ts';
import { sitesAsClaimed, unexplained, weightsDropped } from './properties/sites-as-claimed.ts';
import { sitesShare } from './properties/sites-share.ts';
import { type Explanation, judgeStructure, type StructureProperty } from './structure-property.ts';

const PROPERTIES: readonly StructureProperty[] = [sitesAsClaimed, scalingAsClaimed, carryIsClean, sitesShare];

/**
 * Where masks act, what a kept value is multiplied by, and whether the state is carried clean.
 * @param explanation what explains the subject's outputs, or null where nothing does
 * @param example the smallest call that contradicts the claims, or null where none does
 * @param seen where it contradicts them, for what is not explained
 */
export function structureProperties(
  explanation: Explanation | null,
  claims: readonly Claim[],
  example: string | null,
  seen: string | null,
): PropertyResult[] {
  const counterexample = example === null ? {} : { counterexample: example };
  if (!explanation) return [unexplained(seen, counterexample)];
  const { hypothesis, findings } = explanation;
  const differences = [...hypothesis.differences, ...weightsDropped(findings)];
  return PROPERTIES.filter(({ applies }) => applies(claims)).map((property) =>
    judgeStructure(property, differences, claims, findings, counterexample),
  );
}
