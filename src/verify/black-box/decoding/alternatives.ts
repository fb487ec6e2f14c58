import type { Site } from '../../../masks/sites.ts';
import type { Claim } from '../claims.ts';
import { carryEdits } from '../properties/carry-is-clean.ts';
import { scalingEdits } from '../properties/scaling-as-claimed.ts';
import { addedSites, otherSchemes, sitesInPart, undroppedSites } from '../properties/sites-as-claimed.ts';
import { separateMasks } from '../properties/sites-share.ts';
import type { CellKind } from './cell-step.ts';
import type { Edit, Hypothesis } from './hypothesis.ts';

/**
 * What else the subject may be doing, likelier faults first: one difference from what it claims, another scheme
 * altogether, two differences.
 * @param claimed that it does what it claims
 * @param sites those of its cell
 */
export function* alternatives(
  claimed: Hypothesis,
  claims: readonly Claim[],
  kind: CellKind,
  sites: readonly Site[],
): Generator<Hypothesis> {
  const undropped = undroppedSites(claims);
  const scaled = scalingEdits(claims);
  const inPart = sitesInPart(claims);
  const others = [...separateMasks(claims), ...carryEdits(kind), ...addedSites(claims, sites)];
  const together = (all: readonly Edit[]): Hypothesis => all.reduce((hypothesis, one) => one(hypothesis), claimed);
  for (const some of [undropped, scaled, inPart]) {
    for (const one of some) yield one(claimed);
    if (some.length > 1) yield together(some);
  }
  if (claims.length === 0) for (const one of others) yield one(claimed);
  yield* otherSchemes(sites, claimed);
  for (const one of others) yield one(claimed);
  const all = [...undropped, ...scaled, ...others];
  for (const [n, first] of all.entries()) for (const second of all.slice(n + 1)) yield second(first(claimed));
}
