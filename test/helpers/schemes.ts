import {
  type Cell,
  concrete,
  gaussian,
  lockedDropout,
  naive,
  papers,
  recurrentDropout,
  rnnDrop,
  type Scheme,
  SITES,
  type Site,
  sharedAcrossBatch,
  stochasticDepth,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import { type MaskRule, rulesAt } from '../../src/masks/scheme.ts';

/** A rate for each site. */
export type Rates = Readonly<Record<Site, number>>;

export interface SchemeRow {
  readonly name: string;
  build(rate: Rates): Scheme;
}

export const SITE_NAMES = Object.keys(SITES) as Site[];

/** Distinct at every site and nowhere 0.5, so that no two sites, and no keep and drop, can be mistaken for each other. */
export const RATES: Rates = {
  input: 0.2,
  recurrent: 0.35,
  weight: 0.6,
  update: 0.45,
  memory: 0.15,
  zoneCell: 0.3,
  zoneHidden: 0.4,
  output: 0.55,
  wordType: 0.25,
  embeddingRow: 0.1,
  token: 0.65,
  unknown: 0.7,
};

/** Every scheme that the laws are checked for: each preset, each option, and compositions. A new scheme is one row. */
export const SCHEMES: readonly SchemeRow[] = [
  { name: 'naive', build: ({ input, output }) => naive({ input, output }) },
  { name: 'variational', build: ({ input, recurrent }) => variational({ input, recurrent }) },
  { name: 'variational, untied', build: ({ input, recurrent }) => variational({ input, recurrent, tied: false }) },
  {
    name: 'variational, per step',
    build: ({ input, recurrent }) => [
      { site: 'input', rate: input, scope: 'step' },
      { site: 'recurrent', rate: recurrent, scope: 'step' },
    ],
  },
  {
    name: 'variational, untied, per step, literal',
    build: ({ input, recurrent }) => [
      { site: 'input', rate: input, scope: 'step', tied: false, scaling: 'literal' },
      { site: 'recurrent', rate: recurrent, scope: 'step', tied: false, scaling: 'literal' },
    ],
  },
  { name: 'recurrentDropout', build: ({ update }) => recurrentDropout({ update }) },
  {
    name: 'recurrentDropout, per step, literal',
    build: ({ update }) => recurrentDropout({ update, scope: 'step', scaling: 'literal' }),
  },
  { name: 'rnnDrop', build: ({ memory }) => rnnDrop({ memory }) },
  { name: 'rnnDrop, literal', build: ({ memory }) => rnnDrop({ memory, scaling: 'literal' }) },
  { name: 'memory, per step', build: ({ memory }) => [{ site: 'memory', rate: memory, scope: 'step' }] },
  { name: 'zoneout of h', build: ({ zoneHidden }) => zoneout({ hidden: zoneHidden }) },
  { name: 'zoneout of h, per step', build: ({ zoneHidden }) => zoneout({ hidden: zoneHidden, scope: 'step' }) },
  { name: 'zoneout', build: ({ zoneHidden, zoneCell }) => zoneout({ hidden: zoneHidden, cell: zoneCell }) },
  {
    name: 'zoneout, per step',
    build: ({ zoneHidden, zoneCell }) => zoneout({ hidden: zoneHidden, cell: zoneCell, scope: 'step' }),
  },
  { name: 'weightDrop', build: ({ weight }) => weightDrop({ recurrent: weight }) },
  { name: 'weightDrop, literal', build: ({ weight }) => [{ site: 'weight', rate: weight, scaling: 'literal' }] },
  { name: 'lockedDropout', build: ({ output }) => lockedDropout({ output }) },
  { name: 'lockedDropout, literal', build: ({ output }) => [{ site: 'output', rate: output, scaling: 'literal' }] },
  {
    name: 'variational + zoneout of h',
    build: ({ input, recurrent, zoneHidden }) => [
      ...variational({ input, recurrent }),
      ...zoneout({ hidden: zoneHidden, scope: 'step' }),
    ],
  },
  {
    name: 'weightDrop + lockedDropout + input',
    build: ({ weight, output, input }) => [
      ...weightDrop({ recurrent: weight }),
      ...lockedDropout({ output }),
      ...variational({ input }),
    ],
  },
  {
    name: 'variational + zoneout of h per step, shared by the batch',
    build: ({ input, recurrent, zoneHidden }) =>
      sharedAcrossBatch([
        ...variational({ input, recurrent, tied: false }),
        ...zoneout({ hidden: zoneHidden, scope: 'step' }),
      ]),
  },
  {
    name: 'zoneout, per step, one mask for h and c',
    build: ({ zoneHidden }) => zoneout({ hidden: zoneHidden, cell: zoneHidden, scope: 'step', tied: true }),
  },
  {
    name: 'stochasticDepth',
    build: ({ zoneHidden }) => stochasticDepth({ hidden: zoneHidden, cell: zoneHidden }),
  },
  {
    name: 'stochasticDepth, h and c apart',
    build: ({ zoneHidden, zoneCell }) => stochasticDepth({ hidden: zoneHidden, cell: zoneCell, tied: false }),
  },
  { name: 'stochasticDepth of h', build: ({ zoneHidden }) => stochasticDepth({ hidden: zoneHidden }) },
  {
    name: 'weight and output, shared by units',
    build: ({ weight, output }) => [
      { site: 'weight', rate: weight, shared: ['unit'] },
      { site: 'output', rate: output, shared: ['unit'], scope: 'step' },
    ],
  },
  {
    name: 'update, without scaling',
    build: ({ update }) => [{ site: 'update', rate: update, scaling: 'none' }],
  },
  { name: 'gaussian', build: ({ input, recurrent, output }) => gaussian({ input, recurrent, output }) },
  {
    name: 'gaussian, untied, per step, and on the weight and the update',
    build: ({ input, recurrent, weight, update }) => [
      ...gaussian({ input, recurrent, tied: false, scope: 'step' }),
      { site: 'weight', rate: weight, distribution: 'gaussian' },
      { site: 'update', rate: update, distribution: 'gaussian', shared: ['batch'] },
    ],
  },
  { name: 'concrete', build: ({ input, recurrent, output }) => concrete({ input, recurrent, output }) },
  {
    name: 'concrete + zoneout of h',
    build: ({ input, zoneHidden }) => [...concrete({ input }), ...zoneout({ hidden: zoneHidden, scope: 'step' })],
  },
  { name: 'gal2016', build: ({ input, recurrent, output }) => papers.gal2016({ input, recurrent, output }) },
  { name: 'semeniuta2016', build: ({ update }) => papers.semeniuta2016({ update }) },
  { name: 'everything', build: everything },
  {
    name: 'everything, with the memory',
    build: (rate) => [
      ...everything(rate),
      ...rnnDrop({ memory: rate.memory, scaling: 'literal' }),
      ...zoneout({ cell: rate.zoneCell }),
    ],
  },
];

function everything({ input, recurrent, weight, update, zoneHidden, output }: Rates): Scheme {
  return [
    ...variational({ input, tied: false }),
    { site: 'recurrent', rate: recurrent, scope: 'step', tied: false },
    ...weightDrop({ recurrent: weight }),
    ...recurrentDropout({ update, scope: 'step', scaling: 'literal' }),
    ...zoneout({ hidden: zoneHidden, scope: 'step' }),
    ...lockedDropout({ output }),
  ];
}

/** The schemes whose sites a cell has. */
export function schemesFor(cell: Cell): readonly SchemeRow[] {
  return SCHEMES.filter(({ build }) => build(RATES).every(({ site }) => cell.sites.includes(site)));
}

/** Every rule of bits that a site can have: each scope, tied or not, each scaling, each shared axis, with the site's rate. */
export function rulesOf(site: Site): readonly MaskRule[] {
  const { scopes, scalings, shares, untied } = SITES[site];
  const [scaling] = scalings;
  const ways = [...scalings.map((way) => ({ scaling: way })), ...shares.map((axis) => ({ scaling, shared: [axis] }))];
  return scopes.flatMap((scope) =>
    (untied ? [true, false] : [true]).flatMap((tied) =>
      ways.flatMap((way) => rulesAt([{ site, rate: RATES[site], scope, tied, ...way }], 0)),
    ),
  );
}

export function describeRule({ site, scope, tied, scaling, shared }: MaskRule): string {
  const sharing = shared.map((axis) => `, shared by ${axis}`).join('');
  return `${site}, ${scope}, ${tied ? 'tied' : 'untied'}, ${scaling}${sharing}`;
}
