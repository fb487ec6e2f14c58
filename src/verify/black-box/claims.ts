import { cellOf } from '../../cells/cells.ts';
import { RateError } from '../../errors.ts';
import { expectSites, type MaskRule, resolveScheme, rulesAt } from '../../masks/scheme.ts';
import type { Site } from '../../masks/sites.ts';
import type { CellClaim, Subject } from '../subject.ts';

/** What a subject claims of one site, with every default filled in. */
export type Claim = MaskRule;

/**
 * The claims of a subject, without those that do nothing.
 * @throws SiteError when its cell lacks a site, RateError when a rate is none or changes
 */
export function claimsOf({ cell, claims, ...options }: CellClaim & Pick<Subject, 'claims'>): Claim[] {
  const { name, sites } = cellOf(cell, options);
  const changing = resolveScheme(claims).find(({ rate }) => typeof rate !== 'number');
  if (changing) {
    throw new RateError(
      `verify: ${changing.site}: a number was expected as the claimed rate, but a schedule came; claim the rate of one update`,
    );
  }
  const rules = rulesAt(claims, 0);
  expectSites(rules, name, sites);
  return rules.filter(({ rate }) => rate > 0);
}

/** Whether two sites are claimed to draw from one stream, and so to have one mask. */
export function haveOneMask(a: Claim, b: Claim): boolean {
  return a.stream === b.stream && a.rate === b.rate && a.scope === b.scope;
}

/** The sites that the subject's cell has. */
export function sitesOf({ cell, ...options }: CellClaim): readonly Site[] {
  return cellOf(cell, options).sites;
}
