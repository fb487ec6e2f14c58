import { expectBoolean, expectWhole, type OptionNames, optionsOf, readable } from '../checks.ts';
import { RateError, SiteError, show } from '../errors.ts';
import { type Key, wordsOf } from '../random/key.ts';
import { tellAcrossCopies } from '../realms.ts';
import type { TensorLike } from '../tensor/tensor.ts';
import type { Distribution } from './distribution.ts';
import { drawMask, type Extents, checkedExtents, givenMask, Mask, meanMask } from './mask.ts';
import { type MaskRule, rulesAt, type SchemeLike } from './scheme.ts';
import { isSite, type Scaling, type Scope, type SharedAxis, type Site } from './sites.ts';

/**
 * What a cell applies at its sites. Training, evaluation and MC dropout run the same code and differ only in the plan
 * that is passed: {@link sample}, {@link mean} or {@link none}. A plan is a value: look at it, save it as JSON,
 * replay it with {@link injectMasks}.
 * @example
 * ```ts
 * import { key, sample, variational } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 5, inputSize: 2, hiddenSize: 4, gates: 3 };
 * const plan = sample(variational({ input: 0.25, recurrent: 0.5 }), key(1), sizes);
 * console.log(plan.sites, plan.drawn); // prints: [ 'input', 'recurrent' ] true
 * console.log(JSON.stringify(plan.toJSON().recurrent));
 * // prints: {"rate":0.5,"scope":"sequence","untied":false,"scaling":"inverted","mask":[[0,1,1,0]]}
 * ```
 */
export class Plan {
  static {
    tellAcrossCopies(Plan, 'Plan');
  }

  /** Site to mask; a site that is absent has the factor 1. */
  readonly masks: Readonly<Partial<Record<Site, Mask>>>;
  /** The sites that the scheme names, masked or not. */
  readonly sites: readonly Site[];
  /** Whether the masks are for one particular batch, rather than the same for all. */
  readonly drawn: boolean;

  /** @throws SiteError or OptionError for what are no masks, no sites, or not true or false */
  constructor(masks: readonly Mask[], sites: readonly Site[], drawn: boolean) {
    expectBoolean('plan', 'drawn', drawn);
    const every = (list: readonly unknown[], is: (entry: unknown) => boolean): boolean =>
      readable('plan', () => Array.isArray(list) && Array.from(list).every(is));
    if (!every(masks, (mask) => mask instanceof Mask)) {
      throw new SiteError(
        `plan: a list of masks was expected, but ${show(masks)} came; see sample() and injectMasks()`,
      );
    }
    if (!every(sites, (site) => isSite(site as string))) {
      throw new SiteError(`plan: a list of sites such as ['recurrent'] was expected, but ${show(sites)} came`);
    }
    this.masks = Object.fromEntries(masks.map((mask) => [mask.rule.site, mask]));
    this.sites = sites;
    this.drawn = drawn;
  }

  /**
   * What {@link injectMasks} takes: for each site the rule and the values. Only a drawn plan has values to save.
   * @throws SiteError for a plan that was not drawn
   */
  toJSON(): Record<string, InjectedSite> {
    if (!this.drawn && this.sites.length > 0) {
      throw new SiteError('plan: a drawn plan was expected, as mean() has no masks to save; save the scheme instead');
    }
    return Object.fromEntries(
      Object.values(this.masks).map((mask) => [mask.rule.site, { ...savedRule(mask.rule), mask: mask.toArray() }]),
    );
  }
}

/** A rule in the layout of the reference fixtures; what they do not know is there only where it is not the default. */
function savedRule({
  site,
  rate,
  scope,
  tied,
  scaling,
  shared,
  stream,
  distribution,
}: MaskRule): Omit<InjectedSite, 'mask'> {
  return {
    rate,
    scope,
    untied: !tied,
    scaling,
    ...(shared.length > 0 ? { shared } : {}),
    ...(stream === site ? {} : { stream }),
    ...(distribution === 'bernoulli' ? {} : { distribution }),
  };
}

/** A mask from outside, in the layout of the reference fixtures. */
export interface InjectedSite {
  /** The probability of a 0 with which the mask was drawn, in [0, 1). */
  readonly rate: number;
  /** The default of the site when left out: 'step' at `token` and `unknown`, else 'sequence'. */
  readonly scope?: Scope;
  /** One mask per gate; false when left out. */
  readonly untied?: boolean;
  /** The default of the site when left out: 'none' at `token` and `unknown`, else 'inverted'. */
  readonly scaling?: Scaling;
  /** The axes along which one entry serves all; none when left out. */
  readonly shared?: readonly SharedAxis[];
  /** The site's name when left out. */
  readonly stream?: string;
  /** 'bernoulli' when left out. */
  readonly distribution?: Distribution;
  /**
   * [B,n], per step [B,T,n], untied [G,B,n] or [G,B,T,n], of a weight [G*H,H], of an embedding [B,T,1]; an axis that is
   * shared has size 1. 1 keeps, 0 drops; any numbers for a distribution of numbers.
   */
  readonly mask: TensorLike;
}

const INJECTED: OptionNames<InjectedSite> = {
  rate: true,
  scope: true,
  untied: true,
  scaling: true,
  shared: true,
  stream: true,
  distribution: true,
  mask: true,
};

/**
 * No dropout. The same as leaving the plan out.
 * @example
 * ```ts
 * import { none, recurrent } from 'keepgate';
 *
 * const layer = recurrent({ cell: 'rnn', inputSize: 1, hiddenSize: 2 });
 * const run = await layer.forward([[[1], [0], [1]]], { plan: none() });
 * console.log(run.y.shape, none().masks); // prints: [ 1, 3, 2 ] {}
 * run.dispose();
 * await layer.dispose();
 * ```
 */
export function none(): Plan {
  return new Plan([], [], true);
}

/**
 * Draw every mask of a scheme: the plan of a training step, or of one pass of MC dropout.
 * @param key a new one for each batch and layer; the same key gives the same masks
 * @param extents the sizes B, T, I, H and G, for a recurrent layer `layer.extents(B, T)`
 * @throws RateError, SiteError or OptionError when the scheme is not one
 * @throws OptionError for a size that is not a whole number from 1
 * @throws SiteError or ShapeError when a scheme for words has no token ids [T,B]
 * @example
 * ```ts
 * import { key, sample } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const scheme = [{ site: 'recurrent', rate: 0.5, scope: 'step' }] as const;
 * const plan = sample(scheme, key(1), sizes);
 * console.log(JSON.stringify(plan.masks.recurrent?.toArray())); // prints: [[[0,0,0,0],[1,0,0,1],[1,0,0,0]]]
 * console.log(JSON.stringify(sample(scheme, key(1), sizes)) === JSON.stringify(plan)); // prints: true
 * ```
 */
export function sample(scheme: SchemeLike, key: Key, extents: Extents): Plan {
  const sizes = checkedExtents('sample', extents);
  wordsOf('sample', key);
  const rules = rulesAt(scheme, sizes.update ?? 0);
  return new Plan(
    // Rate 0 is no mask, rather than one of ones: an untied one would sum its gradients in another order.
    rules.filter(({ rate }) => rate > 0).map((rule) => drawMask(rule, key, sizes)),
    rules.map(({ site }) => site),
    true,
  );
}

/**
 * The expectation of a scheme: the plan of evaluation. It takes no key, so it cannot draw. Inverted scaling has the
 * factor 1, literal scaling 1 - p, and a zone blends: 1 - p of the new state, p of the old.
 * @param options update: how many updates were done, for the rates of schedules
 * @throws RateError, SiteError or OptionError when the scheme is not one
 * @example
 * ```ts
 * import { mean, variational, zoneout } from 'keepgate';
 *
 * const plan = mean([variational({ recurrent: 0.5 }), zoneout({ hidden: 0.25 })]);
 * console.log(plan.sites, plan.drawn); // prints: [ 'recurrent', 'zoneHidden' ] false
 * console.log(plan.masks.recurrent, plan.masks.zoneHidden?.scale); // prints: undefined 0.75
 * ```
 */
export function mean(scheme: SchemeLike, options: Pick<Extents, 'update'> = {}): Plan {
  const { update = 0 } = optionsOf('mean', options, { update: true });
  expectWhole('mean', 'update', update, 0);
  const rules = rulesAt(scheme, update);
  return new Plan(
    rules.flatMap((rule) => meanMask(rule) ?? []),
    rules.map(({ site }) => site),
    false,
  );
}

/**
 * A plan from given masks: to replay a saved one, or to compare with another library.
 * @throws SiteError, RateError or ShapeError when a site, a rate or a mask is not what it should be
 * @example
 * ```ts
 * import { injectMasks, key, sample, variational } from 'keepgate';
 *
 * const given = injectMasks({ recurrent: { rate: 0.5, mask: [[1, 0, 1]] } });
 * console.log(given.masks.recurrent?.scale, given.masks.recurrent?.toArray()); // prints: 2 [ [ 1, 0, 1 ] ]
 * const sizes = { batch: 8, time: 5, inputSize: 2, hiddenSize: 3, gates: 4 };
 * const saved = JSON.stringify(sample(variational({ recurrent: 0.5 }), key(1), sizes));
 * console.log(JSON.stringify(injectMasks(JSON.parse(saved))) === saved); // prints: true
 * ```
 */
export function injectMasks(sites: Readonly<Record<string, InjectedSite>>): Plan {
  if (typeof sites !== 'object' || sites === null || Array.isArray(sites)) {
    throw new SiteError(`injectMasks: { site: { rate, mask } } was expected, but ${show(sites)} came`);
  }
  const given = readable('injectMasks', () => Object.entries(sites)).map(([site, value]) => {
    if (typeof value !== 'object' || value === null || !readable(site, () => 'mask' in value)) {
      throw new SiteError(`${site}: { rate, mask } was expected, but ${show(value)} came`);
    }
    const { mask, untied = false, ...options } = optionsOf(`injectMasks: ${site}`, value, INJECTED);
    if (typeof options.rate === 'object') {
      throw new RateError(
        `${site}: a number was expected as the rate of a mask that is drawn, but ${show(options.rate)} came`,
      );
    }
    expectBoolean(`injectMasks: ${site}`, 'untied', untied);
    return { mask, rule: { ...options, site: site as Site, tied: !untied } };
  });
  const rules = rulesAt(
    given.map(({ rule }) => rule),
    0,
  );
  const masks = rules.map((rule, i) => givenMask(rule, given[i]?.mask as TensorLike));
  return new Plan(
    masks,
    rules.map(({ site }) => site),
    true,
  );
}
