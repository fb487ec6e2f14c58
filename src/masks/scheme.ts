import { OptionError, RateError, SiteError, show } from '../errors.ts';
import { isSite, SITES, type Site } from './sites.ts';

/** What happens at one site. */
export interface SiteDropout {
  readonly site: Site;
  /** The probability of a 0 in the mask, in [0, 1). */
  readonly rate: number;
  /** One mask for all timesteps ('sequence', the default), or a new one at each step ('step'). */
  readonly scope?: Scope;
  /** One mask for all gates (the default), or one per gate; only `input` and `recurrent` can be untied. */
  readonly tied?: boolean;
  /** 'inverted' (the default): training m / (1 - p), eval 1. 'literal': training m, eval 1 - p. Zones do not scale. */
  readonly scaling?: Scaling;
}

export type Scope = 'sequence' | 'step';
export type Scaling = 'inverted' | 'literal';

/** A scheme is data: a list of sites. Schemes compose by concatenation: `[...variational(a), ...zoneout(b)]`. */
export type Scheme = readonly SiteDropout[];

/** A scheme, or several to be concatenated. */
export type SchemeLike = Scheme | readonly Scheme[];

/** A site with every default filled in, checked. */
export type SiteRule = Required<SiteDropout>;

/**
 * Check a scheme and fill in the defaults.
 * @throws RateError when a rate is not in [0, 1)
 * @throws SiteError when a site is unknown or named twice, or has an option that it cannot have
 */
export function resolveScheme(scheme: SchemeLike): SiteRule[] {
  if (!Array.isArray(scheme)) {
    throw new SiteError(
      `scheme: a list such as variational({ recurrent: 0.25 }) was expected, but ${show(scheme)} came`,
    );
  }
  const rules = (scheme as readonly Scheme[]).flat().map(resolveSite);
  for (const [index, { site }] of rules.entries()) {
    if (rules.findIndex((rule) => rule.site === site) !== index) {
      throw new SiteError(`scheme: each site once was expected, but '${site}' is named twice; keep one of the two`);
    }
  }
  return rules;
}

function resolveSite(rule: SiteDropout): SiteRule {
  if (typeof rule !== 'object' || rule === null) {
    throw new SiteError(`scheme: { site, rate } was expected, but ${show(rule)} came`);
  }
  const { site, rate, scope = 'sequence', tied = true, scaling = 'inverted', ...rest } = rule;
  const [stray] = Object.keys(rest);
  if (stray !== undefined) {
    throw new SiteError(
      `scheme: { site, rate, scope, tied, scaling } was expected, but ${show(stray)} came; check the spelling`,
    );
  }
  if (!isSite(site)) {
    throw new SiteError(`scheme: a site of ${Object.keys(SITES).join(', ')} was expected, but ${show(site)} came`);
  }
  if (typeof rate !== 'number' || !(rate >= 0 && rate < 1)) {
    throw new RateError(
      `${site}: a dropout rate in [0, 1) was expected, the probability to drop, but ${show(rate)} came; nothing is clamped`,
    );
  }
  choice(`${site}: scope`, scope, ['sequence', 'step']);
  choice(`${site}: scaling`, scaling, ['inverted', 'literal']);
  choice(`${site}: tied`, tied, [true, false]);
  const traits = SITES[site];
  if (!tied && !traits.untied) {
    throw new SiteError(
      `${site}: one mask for all gates was expected, but tied: false came; only input and recurrent untie`,
    );
  }
  if (scope === 'step' && !traits.step) {
    throw new SiteError(`${site}: scope 'sequence' was expected, as it is drawn once per batch, but 'step' came`);
  }
  return { site, rate, scope, tied, scaling };
}

/** @throws SiteError when a scheme names a site that the cell lacks */
export function expectSites(rules: readonly { readonly site: Site }[], cell: string, sites: readonly Site[]): void {
  for (const { site } of rules) {
    if (!sites.includes(site)) {
      throw new SiteError(
        `${cell}: a site of ${sites.join(', ')} was expected, but '${site}' came; take it out of the scheme`,
      );
    }
  }
}

/** What a scheme will do that its author may not want, one line each; empty for most. */
export function schemeWarnings(scheme: SchemeLike): string[] {
  return resolveScheme(scheme).flatMap(({ site, rate, scope, scaling }) => {
    if (rate === 0) return [`${site}: rate 0 has no effect`];
    if (scope === 'step') return [];
    // The traps of masks that are fixed on a carried state: docs/schemes.md has the numbers.
    if (SITES[site].kind === 'zone') {
      return [
        `${site}: under a fixed mask the dropped units keep their first state for the whole sequence, which evaluation does not; consider scope 'step'`,
      ];
    }
    if (site !== 'memory') return [];
    return scaling === 'inverted'
      ? [
          `memory: a fixed inverted mask multiplies the carried cell by ${(1 / (1 - rate)).toFixed(2)} at every step, so it can explode; consider scaling 'literal'`,
        ]
      : [
          `memory: in evaluation the carried cell is multiplied by ${(1 - rate).toFixed(2)} at every step, so it decays`,
        ];
  });
}

function choice<C>(who: string, value: C, allowed: readonly C[]): void {
  if (!allowed.includes(value)) {
    throw new OptionError(`${who}: one of ${allowed.map(show).join(', ')} was expected, but ${show(value)} came`);
  }
}
