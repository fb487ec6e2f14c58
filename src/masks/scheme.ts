import { readable } from '../checks.ts';
import { OptionError, RateError, SiteError, show } from '../errors.ts';
import { type Distribution, distributionName, expectDistribution } from './distribution.ts';
import { expectRate, neverBegins, peakRate, type Rate, rateAt } from './dropout-rate.ts';
import { defaultScope } from './fixed-in-time.ts';
import { isSite, type Scaling, type Scope, type SharedAxis, SITES, type Site, type SiteTraits } from './sites.ts';

/** What happens at one site. Which values an option can have at which site: see {@link SITES}. */
export interface SiteDropout {
  readonly site: Site;
  /** The probability of a 0 in the mask, in [0, 1), or a schedule of it: `curriculum`, `annealed`. */
  readonly rate: Rate;
  /** One mask for all timesteps ('sequence', the default where a site can), or a new one at each step ('step'). */
  readonly scope?: Scope;
  /** One mask for all gates (the default), or one per gate, where the site can be untied. */
  readonly tied?: boolean;
  /** 'inverted' (the default), 'literal', or 'none' (the default of `token`): see {@link Scaling}. Zones do not scale. */
  readonly scaling?: Scaling;
  /** Along what one entry serves all (nothing by default): all samples of a batch, all units, all layers of a stack. */
  readonly shared?: readonly SharedAxis[];
  /** The name of the random stream, by default the site's: sites with the same stream and rate have the same mask. */
  readonly stream?: string;
  /** What the entries are drawn from: 'bernoulli' by default. */
  readonly distribution?: Distribution;
}

/** A scheme is data: a list of sites. Schemes compose by concatenation: `[...variational(a), ...zoneout(b)]`. */
export type Scheme = readonly SiteDropout[];

/** A scheme, or several to be concatenated. */
export type SchemeLike = Scheme | readonly Scheme[];

/** A site with every default filled in, checked. */
export type SiteRule = Required<SiteDropout>;

/** A rule at one update: its rate is a number. */
export type MaskRule = SiteRule & { readonly rate: number };

/**
 * Rules that were checked, with every default filled in: made by {@link resolveScheme}. They are frozen, so that they need
 * not be checked again for each plan that is drawn.
 */
export type ResolvedScheme = readonly SiteRule[] & { readonly [RESOLVED]: true };
declare const RESOLVED: unique symbol;

/** Every resolved scheme, and every rule of one. */
const resolved = new WeakSet<object>();

function isResolved(scheme: SchemeLike): scheme is ResolvedScheme {
  return resolved.has(scheme);
}

/**
 * Check a scheme and fill in the defaults. A scheme that was resolved comes back as it is.
 * @throws RateError when a rate is not in [0, 1)
 * @throws SiteError when a site is unknown or named twice, or has an option that it cannot have
 * @throws OptionError when an option has a value that no site can have
 * @example
 * ```ts
 * import { resolveScheme } from 'keepgate';
 *
 * const [rule] = resolveScheme([{ site: 'output', rate: 0.5 }]);
 * console.log(rule?.scope, rule?.scaling, rule?.tied); // prints: sequence inverted true
 * resolveScheme([{ site: 'weight', rate: 0.5, scope: 'step' }]);
 * // throws: SiteError: weight: scope 'sequence' was expected, as it is drawn once per batch, but 'step' came
 * ```
 */
export function resolveScheme(scheme: SchemeLike): ResolvedScheme {
  if (isResolved(scheme)) return scheme;
  if (!Array.isArray(scheme)) {
    throw new SiteError(
      `scheme: a list such as variational({ recurrent: 0.25 }) was expected, but ${show(scheme)} came`,
    );
  }
  const rules = readable('scheme', () => Array.from((scheme as readonly Scheme[]).flat(), resolveSite));
  for (const [index, { site }] of rules.entries()) {
    if (rules.findIndex((rule) => rule.site === site) !== index) {
      throw new SiteError(`scheme: each site once was expected, but '${site}' is named twice; keep one of the two`);
    }
  }
  return markResolved(rules) as readonly SiteRule[] as ResolvedScheme;
}

/** Freeze what was checked, and remember that it was. */
function markResolved<T extends object>(checked: T): Readonly<T> {
  resolved.add(Object.freeze(checked));
  return checked;
}

/** The rules of a scheme with the rates that its schedules give after so many updates. */
export function rulesAt(scheme: SchemeLike, update: number): readonly MaskRule[] {
  const rules = resolveScheme(scheme);
  if (rules.every(isMaskRule)) return rules;
  return rules.map((rule) => ({ ...rule, rate: rateAt(rule.rate, update) }));
}

function isMaskRule(rule: SiteRule): rule is MaskRule {
  return typeof rule.rate === 'number';
}

/**
 * The same scheme with one mask for all samples of a batch, as TensorFlow's DropoutWrapper draws
 * `variational_recurrent`.
 * @throws RateError, SiteError or OptionError when the scheme is not one
 * @example
 * ```ts
 * import { key, sample, sharedAcrossBatch, variational } from 'keepgate';
 *
 * const scheme = sharedAcrossBatch(variational({ recurrent: 0.5 }));
 * const { masks } = sample(scheme, key(1), { batch: 32, time: 5, inputSize: 2, hiddenSize: 4, gates: 4 });
 * console.log(masks.recurrent?.toArray()); // prints: [ [ 0, 1, 1, 0 ] ]
 * ```
 */
export function sharedAcrossBatch(scheme: SchemeLike): Scheme {
  return resolveScheme(scheme).map((rule) => {
    const { shared } = rule;
    const isShared = shared.includes('batch') || !SITES[rule.site].shares.includes('batch');
    return isShared ? rule : { ...rule, shared: [...shared, 'batch'] };
  });
}

/**
 * The same scheme with one mask for all layers of a stack (`layers` of a recurrent layer), in each direction: what is dropped in one layer
 * is dropped in all. Layers that take rows of another width have as much of it as they are wide.
 * @throws RateError, SiteError or OptionError when the scheme is not one
 * @example
 * ```ts
 * import { key, recurrent, sharedAcrossLayers, variational } from 'keepgate';
 *
 * const layer = recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 4, layers: 2 });
 * const scheme = sharedAcrossLayers(variational({ recurrent: 0.5 }));
 * const [first, second] = layer.sample(scheme, key(1), { batch: 1, time: 5 });
 * console.log(first?.masks.recurrent?.toArray(), second?.masks.recurrent?.toArray()); // prints: [ [ 1, 0, 1, 0 ] ] [ [ 1, 0, 1, 0 ] ]
 * ```
 */
export function sharedAcrossLayers(scheme: SchemeLike): Scheme {
  return resolveScheme(scheme).map((rule) => {
    const { shared } = rule;
    const isShared = shared.includes('layer') || !SITES[rule.site].shares.includes('layer');
    return isShared ? rule : { ...rule, shared: [...shared, 'layer'] };
  });
}

/** The rule of a mask, whose rate is a number, checked and with its defaults. */
export function maskRuleOf(rule: MaskRule): MaskRule {
  const checked = readable('mask', () => resolveSite(rule));
  if (isMaskRule(checked)) return checked;
  throw new RateError(`${checked.site}: a number was expected as the rate of a mask, but ${show(checked.rate)} came`);
}

function resolveSite(rule: SiteDropout): SiteRule {
  if (resolved.has(rule)) return rule as SiteRule;
  if (typeof rule !== 'object' || rule === null) {
    throw new SiteError(`scheme: { site, rate } was expected, but ${show(rule)} came`);
  }
  const { site } = rule;
  if (!isSite(site)) {
    throw new SiteError(`scheme: a site of ${Object.keys(SITES).join(', ')} was expected, but ${show(site)} came`);
  }
  const { rate, scope = defaultScope(site), tied = true, scaling = SITES[site].scalings[0] } = rule;
  const { shared = [], stream = site, distribution = 'bernoulli' } = rule;
  const filled: SiteRule = { site, rate, scope, tied, scaling, shared, stream, distribution };
  const stray = Object.keys(rule).find((option) => !Object.hasOwn(filled, option));
  if (stray !== undefined) {
    throw new SiteError(
      `scheme: { ${Object.keys(filled).join(', ')} } was expected, but ${show(stray)} came; check the spelling`,
    );
  }
  expectRate(site, filled.rate);
  expectOptions(filled);
  expectDrawable(filled);
  // Copies: what the caller does with a list or a schedule later must not change what was checked.
  return markResolved({
    ...filled,
    rate: typeof rate === 'object' ? Object.freeze({ ...rate }) : rate,
    shared: Object.freeze([...shared]),
    distribution: typeof distribution === 'object' ? Object.freeze({ ...distribution }) : distribution,
  });
}

/** The values that some site can have for an option. */
function valuesOf<K extends 'scopes' | 'scalings' | 'shares'>(option: K): readonly SiteTraits[K][number][] {
  return [...new Set(Object.values(SITES).flatMap((traits): readonly SiteTraits[K][number][] => traits[option]))];
}

/** @throws OptionError for a value that no site can have, SiteError for one that this site cannot */
function expectOptions({ site, scope, tied, scaling, shared, stream }: SiteRule): void {
  const traits = SITES[site];
  choice(`${site}: scope`, scope, valuesOf('scopes'));
  choice(`${site}: scaling`, scaling, valuesOf('scalings'));
  choice(`${site}: tied`, tied, [true, false]);
  if (!Array.isArray(shared)) {
    throw new OptionError(`${site}: a list such as ['batch'] was expected as shared, but ${show(shared)} came`);
  }
  for (const axis of shared) choice(`${site}: shared`, axis, valuesOf('shares'));
  if (typeof stream !== 'string' || stream === '') {
    throw new OptionError(`${site}: a name was expected as stream, but ${show(stream)} came`);
  }
  if (!tied && !traits.untied) {
    const untied = Object.keys(SITES).filter((name) => SITES[name as Site].untied);
    throw new SiteError(
      `${site}: one mask for all gates was expected, but tied: false came; only ${untied.join(' and ')} untie`,
    );
  }
  if (!traits.scopes.includes(scope)) {
    throw new SiteError(
      `${site}: scope '${defaultScope(site)}' was expected, as it is drawn ${traits.drawn}, but '${scope}' came`,
    );
  }
  if (!traits.scalings.includes(scaling)) {
    throw new SiteError(`${site}: scaling '${traits.scalings[0]}' was expected, but '${scaling}' came`);
  }
  const axis = shared.find((name, index) => !traits.shares.includes(name) || shared.indexOf(name) !== index);
  if (axis !== undefined) {
    const wanted = traits.shares.length > 0 ? `${traits.shares.join(', ')}, each once,` : 'none';
    throw new SiteError(`${site}: of the axes that it can share, ${wanted} was expected, but '${axis}' came`);
  }
}

/** @throws SiteError unless such numbers can be drawn at the site */
function expectDrawable({ site, rate, scaling, distribution }: SiteRule): void {
  expectDistribution(site, distribution);
  const name = distributionName(distribution);
  const { distributions } = SITES[site];
  if (!distributions.includes(name)) {
    throw new SiteError(`${site}: a distribution of ${distributions.join(', ')} was expected, but '${name}' came`);
  }
  if (name === 'bernoulli') return;
  if (scaling !== 'inverted') {
    throw new SiteError(
      `${site}: scaling 'inverted' was expected, as ${name} masks have mean 1, but '${scaling}' came`,
    );
  }
  if (name === 'concrete' && !(typeof rate === 'number' && rate > 0)) {
    throw new RateError(
      `${site}: a number in (0, 1) was expected, as a concrete rate is learned, but ${show(rate)} came`,
    );
  }
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

/**
 * What a scheme will do that its author may not want, one line each; empty for most.
 * @throws RateError, SiteError or OptionError when the scheme is not one
 * @example
 * ```ts
 * import { rnnDrop, schemeWarnings } from 'keepgate';
 *
 * console.log(schemeWarnings(rnnDrop({ memory: 0.5 }))[0]);
 * // prints: memory: a fixed inverted mask multiplies the carried cell by 2.00 at every step, so it can explode; ...
 * console.log(schemeWarnings([{ site: 'memory', rate: 0.5, scope: 'step' }])); // prints: []
 * ```
 */
export function schemeWarnings(scheme: SchemeLike): string[] {
  return resolveScheme(scheme).flatMap(({ site, rate, scope, scaling }) => {
    const peak = peakRate(rate);
    const { kind } = SITES[site];
    if (peak === 0) {
      const why = typeof rate === 'object' && neverBegins(rate) ? 'a curriculum of gamma 0' : 'rate 0';
      return [`${site}: ${why} has no effect`];
    }
    if (kind === 'multiplies' && scaling === 'none') {
      return [
        `${site}: without scaling training multiplies by ${(1 - peak).toFixed(2)} on average and evaluation by 1; consider scaling 'inverted'`,
      ];
    }
    if (scope === 'step') return [];
    // The traps of masks that are fixed on a carried state: docs/schemes.md has the numbers.
    if (kind === 'zone') {
      return [
        `${site}: under a fixed mask the dropped units keep their first state for the whole sequence, which evaluation does not; consider scope 'step'`,
      ];
    }
    if (site !== 'memory') return [];
    return scaling === 'inverted'
      ? [
          `memory: a fixed inverted mask multiplies the carried cell by ${(1 / (1 - peak)).toFixed(2)} at every step, so it can explode; consider scaling 'literal'`,
        ]
      : [
          `memory: in evaluation the carried cell is multiplied by ${(1 - peak).toFixed(2)} at every step, so it decays`,
        ];
  });
}

function choice<C>(who: string, value: C, allowed: readonly C[]): void {
  if (!allowed.includes(value)) {
    throw new OptionError(`${who}: one of ${allowed.map(show).join(', ')} was expected, but ${show(value)} came`);
  }
}
