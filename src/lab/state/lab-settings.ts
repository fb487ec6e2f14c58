import { type CellName, type Scaling, SITES, type Scheme, type SiteDropout, parseScheme } from 'keepgate';

/** All that the page shows, as its address has it. */
export interface Settings {
  readonly view: View;
  /** As the command line takes it. */
  readonly scheme: string;
  readonly cell: CellName;
  /** The seed of the key that masks are drawn by, and of another to compare with. */
  readonly key: number;
  readonly other: number;
  /** T, I, H, B */
  readonly T: number;
  readonly I: number;
  readonly H: number;
  readonly B: number;
  /** Which sample and gate are looked at, from 0. */
  readonly sample: number;
  readonly gate: number;
  /** What all sites have instead of what the scheme says: one mask in time or many, one for all gates or one each. */
  readonly scope: 'told' | 'sequence' | 'step';
  readonly tie: 'told' | 'tied' | 'untied';
  readonly scaling: 'told' | Scaling;
}

export const VIEWS = { masks: 'Masks', keys: 'Keys and plans' } as const;
export type View = keyof typeof VIEWS;

export const DEFAULTS: Settings = {
  view: 'masks',
  scheme: 'variational(input=0.25,recurrent=0.25)',
  cell: 'lstm',
  key: 1,
  other: 2,
  T: 30,
  I: 12,
  H: 16,
  B: 4,
  sample: 0,
  gate: 0,
  scope: 'told',
  tie: 'told',
  scaling: 'told',
};

/** The largest sizes, of which a screen has room for the pictures, and the largest seed. */
export const MOST = { T: 120, I: 64, H: 64, B: 16, key: 0xffff_ffff } as const;

/** G of each cell. */
export const GATES: Readonly<Record<CellName, readonly string[]>> = {
  lstm: ['i', 'f', 'g', 'o'],
  gru: ['r', 'z', 'n'],
  rnn: ['h'],
};

/**
 * The scheme of the settings: what the text says, with what is flipped by hand. The sites that the cell has not are left out.
 * @throws OptionError, RateError or SiteError for a text that is no scheme
 */
export function schemeOf(settings: Settings): Scheme {
  return parseScheme(settings.scheme)
    .filter(({ site }) => hasSite(settings.cell, site))
    .map((rule) => flipped(rule, settings));
}

function flipped(rule: SiteDropout, { scope, tie, scaling }: Settings): SiteDropout {
  const traits = SITES[rule.site];
  return {
    ...rule,
    ...(scope !== 'told' && traits.scopes.includes(scope) ? { scope } : {}),
    ...(tie !== 'told' && traits.untied ? { tied: tie === 'tied' } : {}),
    ...(scaling !== 'told' && traits.scalings.includes(scaling) ? { scaling } : {}),
  };
}

/** Whether masks of a site can be looked at in a cell: those of embeddings depend on words. */
export function hasSite(cell: CellName, site: SiteDropout['site']): boolean {
  if (SITES[site].of !== 'cell') return false;
  return cell === 'lstm' || (site !== 'memory' && site !== 'zoneCell');
}
