// Writes docs/schemes.md: npx tsx docs/generate-schemes.ts. Everything that can be drawn or measured is.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  annealed,
  curriculum,
  type Mask,
  mean,
  papers,
  type Rate,
  recurrent,
  type Scaling,
  type Scheme,
  SITES,
  type Site,
  type SiteDropout,
  sample,
} from 'keepgate';
import { draw, EXTENTS, pictures } from './scheme-pictures.ts';
import { round, SEED, table } from './scheme-tables.ts';
import { traps } from './scheme-traps.ts';
import { SCHEMES, type SchemeText } from './schemes-text.ts';

export const PAGE: string = fileURLToPath(new URL('./schemes.md', import.meta.url));

/** The whole page. */
export async function schemesPage(): Promise<string> {
  return [
    INTRODUCTION,
    '## All schemes in one table',
    overview(),
    TABLE_NOTES,
    '## Which layer has which site',
    sitesOfLayers(),
    ...SCHEMES.map(section),
    '## The schemes of papers',
    PAPERS_NOTES,
    ofPapers(),
    '## Rates that change',
    SCHEDULES_NOTES,
    schedules(),
    await traps(),
    CLOSING,
  ].join('\n\n');
}

const INTRODUCTION = `# Dropout schemes

<!-- Written by docs/generate-schemes.ts, from docs/schemes-text.ts and the library itself. Do not edit by hand. -->

A scheme is a list of sites, each with a rate, a scope, a tie, a scaling, the axes that share an entry, a random stream
and a distribution. **A mask entry 1 keeps the freshly computed value, 0 drops it; the rate p is the probability of a
0.** This page shows what each scheme does. The pictures are real plans, drawn with \`sample(scheme, key(${SEED}), { batch: ${EXTENTS.batch}, time: ${EXTENTS.time}, inputSize: ${EXTENTS.inputSize}, hiddenSize: ${EXTENTS.hiddenSize}, gates: ${EXTENTS.gates} })\`: units go
down, timesteps go across, \`█\` keeps and \`·\` drops.

Letters are those of \`src/cells/*.ts\`: x the input of a step, h and c the state, ' the step before, a the
pre-activations, i f g o the gates of the LSTM, r z n those of the GRU, W and U the weights of x and of h', ⊙ the
product by elements. B samples, T steps, I inputs, H units, G gates.`;

const TABLE_NOTES = `Each row is a call with its defaults, but for the options named. A mask shape lists sizes as
\`plan.masks[site].toArray()\` nests them. Scaling is what the function gives when nothing else is said;
\`recurrentDropout\` and \`rnnDrop\` take it as an option, and in a scheme written as data every multiplying site does.
A rate can be a [schedule](#rates-that-change) everywhere, but for \`concrete\`, which learns it.`;

const PAPERS_NOTES = `\`papers\` has the schemes of six papers, each with the places, the scope, the scaling and the rates of its authors; any
rate can be given in place of theirs. They are for one recurrent layer: in a stack, \`output\` is for the last layer. Where we
have not read a rate (rnnDrop) it must be given.`;

const SCHEDULES_NOTES = `A rate can depend on t, the number of updates done: \`curriculum(rate, { gamma })\` begins without dropout and ends at the
rate, p(t) = p (1 - exp(-γ t)) (Morerio et al. 2017, arXiv:1703.06229); \`annealed(rate, { gamma })\` begins at the rate
and ends without dropout, p(t) = p exp(-γ t) (Rennie et al. 2014). \`fit\` counts the updates; with a plan of your own say
\`sample(scheme, key, { ...extents, update })\` and \`mean(scheme, { update })\`: zones and literal scaling evaluate at
the rate in force.`;

const CLOSING = `## Where to look in the code

Sites are in \`src/masks/sites.ts\`, one file for each scheme in \`src/masks/schemes/\`, the drawing in
\`src/masks/mask.ts\`, and the equations in \`src/cells/\`. How masks are drawn, and why on the host:
[decision 002](decisions/002-masks-on-the-host.md). Why all of this is data of a rule:
[decision 007](decisions/007-schemes-are-data.md).
`;

// --- tables ---

function overview(): string {
  const rows = SCHEMES.filter(({ title }) => title !== 'Composition').flatMap(({ drawn }) =>
    drawn.flatMap(({ call, scheme }) =>
      Object.values(draw(scheme).masks).map((mask) => [
        `\`${call.replace(/\(.*/, '')}\`${optionsOf(call)}`,
        `\`${mask.rule.site}\``,
        shapeOf(mask),
        mask.rule.scope,
        tieOf(mask.rule),
        scalingOf(mask.rule),
        trainingRule(mask),
        evaluationRule(mask.rule),
      ]),
    ),
  );
  return table(['scheme', 'site', 'mask shape', 'scope', 'tied', 'scaling', 'training', 'evaluation'], rows);
}

function sitesOfLayers(): string {
  const cells = (['lstm', 'gru', 'rnn'] as const).map((cell) => recurrent({ cell, inputSize: 1, hiddenSize: 1 }).cell);
  const does = { zone: 'blends with the old state', multiplies: 'multiplies', replaces: 'becomes the unknown word' };
  const rows = (Object.keys(SITES) as Site[]).map((site) => [
    `\`${site}\``,
    does[SITES[site].kind],
    ...cells.map(({ sites }) => (sites.includes(site) ? 'yes' : 'no')),
    SITES[site].of === 'embedding' ? 'yes' : 'no',
  ]);
  return table(['site', 'what it does', 'lstm', 'gru', 'rnn', 'embedding'], rows);
}

function factors({ drawn }: SchemeText): string {
  const scheme = (drawn[0] as (typeof drawn)[number]).scheme;
  const rows = scheme.flatMap((rule) =>
    scalingsOf(rule).map((scaling) => {
      const scaled = [{ ...rule, scaling }];
      const mask = draw(scaled).masks[rule.site] as Mask;
      const factor = mean(scaled).masks[rule.site]?.scale ?? 1;
      return [
        `\`${rule.site}\``,
        String(mask.rule.rate),
        scalingOf(mask.rule),
        ...inTraining(mask),
        isZone(rule.site) ? `${round(factor)} new + ${round(1 - factor)} old` : `x ${round(factor)}`,
      ];
    }),
  );
  return table(['site', 'rate', 'scaling', 'training, kept', 'training, dropped', 'evaluation'], rows);
}

/** The scheme's own scaling, and those that it can have instead: numbers and zones have one only. */
function scalingsOf({ site, scaling, distribution = 'bernoulli' }: SiteDropout): readonly Scaling[] {
  const { scalings } = SITES[site];
  if (isZone(site) || distribution !== 'bernoulli') return ['inverted'];
  const wanted: readonly Scaling[] = [scaling ?? scalings[0], 'inverted', 'literal'];
  return [...new Set(wanted)].filter((one) => scalings.includes(one));
}

/** What becomes of a kept value, and of a dropped one. */
function inTraining({ rule, scale }: Mask): [string, string] {
  const { site, rate, distribution } = rule;
  if (isZone(site)) return ['the new value', 'the old value'];
  if (SITES[site].kind === 'replaces') return ['the token', 'the unknown word'];
  if (distribution === 'bernoulli') return [`x ${round(scale)}`, 'x 0'];
  if (distribution === 'gaussian') return [`x 1 ± ${round(Math.sqrt(rate / (1 - rate)))}`, '-'];
  return [`x almost ${round(scale)}`, 'x almost 0'];
}

function trainingRule({ rule, scale }: Mask): string {
  const { site, rate, distribution } = rule;
  if (isZone(site)) return 'm new + (1-m) old';
  if (SITES[site].kind === 'replaces') return 'm id + (1-m) unknown';
  if (distribution === 'gaussian') return 'N(1, p / (1-p))';
  const numbers = distribution === 'bernoulli' ? '' : ', m in (0, 1)';
  return (Math.abs(scale - 1 / (1 - rate)) < 1e-12 ? 'm / (1-p)' : 'm') + numbers;
}

function evaluationRule(rule: SiteDropout): string {
  const scale = mean([rule]).masks[rule.site]?.scale;
  if (scale === undefined) return '1, as without dropout';
  return isZone(rule.site) ? '(1-p) new + p old' : '1-p';
}

function shapeOf({ rule: { site, tied }, sizes }: Mask): string {
  const width = sizes.unit === 1 ? '1' : SITES[site].width === 'input' ? 'I' : 'H';
  if (site === 'weight') return `[G*H,${width}]`;
  const samples = sizes.row === 1 ? '1' : 'B';
  return `[${[...(tied ? [] : ['G']), samples, ...(sizes.time > 1 ? ['T'] : []), width]}]`;
}

function ofPapers(): string {
  const { zaremba2014, moon2015, gal2016, semeniuta2016, krueger2017, merity2017 } = papers;
  const calls: readonly (readonly [string, Scheme])[] = [
    ['zaremba2014()', zaremba2014()],
    ['moon2015({ memory: 0.25 })', moon2015({ memory: 0.25 })],
    ['gal2016()', gal2016()],
    ['semeniuta2016()', semeniuta2016()],
    ["semeniuta2016({ scope: 'step' })", semeniuta2016({ scope: 'step' })],
    ['krueger2017()', krueger2017()],
    ['merity2017()', merity2017()],
  ];
  const rows = calls.flatMap(([call, scheme]) =>
    Object.values(draw(scheme).masks).map(({ rule }) => [
      `\`papers.${call}\``,
      `\`${rule.site}\``,
      String(rule.rate),
      rule.scope,
      tieOf(rule),
      scalingOf(rule),
    ]),
  );
  return table(['call', 'site', 'rate', 'scope', 'tied', 'scaling'], rows);
}

function schedules(): string {
  const updates = [0, 500, 1000, 2000, 5000];
  const rateAt = (input: Rate, update: number): number =>
    sample([{ site: 'input', rate: input }], { words: [0, SEED] }, { ...EXTENTS, update }).masks.input?.rule.rate ?? 0;
  const rows = [
    ['`curriculum(0.5)`', ...updates.map((update) => round(rateAt(curriculum(0.5), update)))],
    ['`annealed(0.5)`', ...updates.map((update) => round(rateAt(annealed(0.5), update)))],
    [
      '`annealed(0.5, { gamma: 0.002 })`',
      ...updates.map((update) => round(rateAt(annealed(0.5, { gamma: 0.002 }), update))),
    ],
  ];
  return table(['rate after updates', ...updates.map(String)], rows);
}

const isZone = (site: Site): boolean => SITES[site].kind === 'zone';
const scalingOf = ({ site, scaling }: Required<Pick<SiteDropout, 'site' | 'scaling'>>): string =>
  isZone(site) ? 'none' : scaling;
const tieOf = ({ site, tied }: Required<Pick<SiteDropout, 'site' | 'tied'>>): string =>
  SITES[site].untied ? (tied ? 'yes' : 'no') : '-';
/** What a call says beside its rates. */
const optionsOf = (call: string): string =>
  [...call.matchAll(/(scope: '\w+'|tied: \w+)/g)].map(([option]) => `, \`${option}\``).join('');

// --- sections and pictures ---

function section(text: SchemeText): string {
  return [
    `## ${text.title}`,
    text.paper,
    fenced(text.equation),
    factors(text),
    text.picture,
    ...text.drawn.map(({ call, scheme }) => `\`${call}\`\n\n${fenced(pictures(scheme))}`),
    `**Not touched.** ${text.untouched}`,
    `**Rates.** ${text.rates}`,
    `**Use.** ${text.use}`,
    `**Traps.** ${text.traps}`,
  ]
    .map(wrap)
    .join('\n\n');
}

/** A paragraph in lines of at most 120; code, tables and titles as they are. */
function wrap(paragraph: string): string {
  if (/^[`|#]/.test(paragraph)) return paragraph;
  return paragraph.replace(/(?=.{121})(.{1,120}) /g, '$1\n');
}

function fenced(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = await schemesPage();
  const isSame = (() => {
    try {
      return readFileSync(PAGE, 'utf8') === page;
    } catch {
      return false;
    }
  })();
  writeFileSync(PAGE, page);
  console.log(isSame ? 'docs/schemes.md is unchanged' : 'docs/schemes.md is written');
}
