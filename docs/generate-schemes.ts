// Writes docs/schemes.md: npx tsx docs/generate-schemes.ts. Everything that can be drawn or measured is.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  createEngine,
  injectMasks,
  key,
  type Mask,
  mean,
  none,
  type Plan,
  recurrent,
  type Scaling,
  type Scheme,
  SITES,
  type Site,
  type SiteDropout,
  sample,
  type Tensor,
  zoneout,
} from 'keepgate';
import { SCHEMES, type SchemeText } from './schemes-text.ts';

export const PAGE: string = fileURLToPath(new URL('./schemes.md', import.meta.url));

const SEED = 5;
const EXTENTS = { batch: 2, time: 12, inputSize: 6, hiddenSize: 6, gates: 4 } as const;
const GATES = ['i', 'f', 'g', 'o'] as const;

/** The whole page. */
export async function schemesPage(): Promise<string> {
  return [
    INTRODUCTION,
    '## All schemes in one table',
    overview(),
    TABLE_NOTES,
    '## Which cell has which site',
    sitesOfCells(),
    ...SCHEMES.map(section),
    await traps(),
    CLOSING,
  ].join('\n\n');
}

const INTRODUCTION = `# Dropout schemes

<!-- Written by docs/generate-schemes.ts, from docs/schemes-text.ts and the library itself. Do not edit by hand. -->

A scheme is a list of sites, each with a rate, a scope, a tie and a scaling. **A mask entry 1 keeps the freshly computed
value, 0 drops it; the rate p is the probability of a 0.** This page shows what each scheme does. The pictures are
real plans, drawn with \`sample(scheme, key(${SEED}), { batch: ${EXTENTS.batch}, time: ${EXTENTS.time}, inputSize: ${EXTENTS.inputSize}, hiddenSize: ${EXTENTS.hiddenSize}, gates: ${EXTENTS.gates} })\`: units go
down, timesteps go across, \`█\` keeps and \`·\` drops.

Letters are those of \`src/cells/*.ts\`: x the input of a step, h and c the state, ' the step before, a the
pre-activations, i f g o the gates of the LSTM, r z n those of the GRU, W and U the weights of x and of h', ⊙ the
product by elements. B samples, T steps, I inputs, H units, G gates.`;

const TABLE_NOTES = `Each row is a call with its defaults, but for the options named. A mask shape lists sizes as
\`plan.masks[site].toArray()\` nests them. Scaling is what the function gives when nothing else is said;
\`recurrentDropout\` and \`rnnDrop\` take it as an option, and in a scheme written as data every multiplying site does.`;

const CLOSING = `## Where to look in the code

Sites are in \`src/masks/sites.ts\`, one file for each scheme in \`src/masks/schemes/\`, the drawing in
\`src/masks/mask.ts\`, and the equations in \`src/cells/\`. How masks are drawn, and why on the host:
[decision 002](decisions/002-masks-on-the-host.md).
`;

// --- tables ---

function overview(): string {
  const rows = SCHEMES.filter(({ title }) => title !== 'Composition').flatMap(({ drawn }) =>
    drawn.flatMap(({ call, scheme }) => {
      const plan = draw(scheme);
      return scheme.map((rule) => [
        `\`${call.replace(/\(.*/, '')}\`${optionsOf(call)}`,
        `\`${rule.site}\``,
        shapeOf(rule, plan.masks[rule.site] as Mask),
        rule.scope ?? 'sequence',
        isGated(rule.site) ? (rule.tied === false ? 'no' : 'yes') : '-',
        isZone(rule.site) ? 'none' : (rule.scaling ?? 'inverted'),
        trainingRule(rule, plan),
        evaluationRule(rule),
      ]);
    }),
  );
  return table(['scheme', 'site', 'mask shape', 'scope', 'tied', 'scaling', 'training', 'evaluation'], rows);
}

function sitesOfCells(): string {
  const cells = (['lstm', 'gru', 'rnn'] as const).map((cell) => recurrent({ cell, inputSize: 1, hiddenSize: 1 }).cell);
  const rows = (Object.keys(SITES) as Site[]).map((site) => [
    `\`${site}\``,
    SITES[site].kind === 'zone' ? 'blends with the old state' : 'multiplies',
    ...cells.map(({ sites }) => (sites.includes(site) ? 'yes' : 'no')),
  ]);
  return table(['site', 'what it does', 'lstm', 'gru', 'rnn'], rows);
}

function factors({ drawn }: SchemeText): string {
  const scheme = (drawn[0] as (typeof drawn)[number]).scheme;
  const rows = scheme.flatMap((rule) => {
    const scalings: readonly Scaling[] = isZone(rule.site) ? ['inverted'] : ['inverted', 'literal'];
    return scalings.map((scaling) => {
      const scaled = [{ ...rule, scaling }];
      const { scale } = draw(scaled).masks[rule.site] as Mask;
      const factor = mean(scaled).masks[rule.site]?.scale ?? 1;
      const isMix = isZone(rule.site);
      return [
        `\`${rule.site}\``,
        String(rule.rate),
        isMix ? 'none' : scaling,
        isMix ? 'the new value' : `x ${round(scale)}`,
        isMix ? 'the old value' : 'x 0',
        isMix ? `${round(factor)} new + ${round(1 - factor)} old` : `x ${round(factor)}`,
      ];
    });
  });
  return table(['site', 'rate', 'scaling', 'training, kept', 'training, dropped', 'evaluation'], rows);
}

function trainingRule({ site, rate }: SiteDropout, plan: Plan): string {
  if (isZone(site)) return 'm new + (1-m) old';
  const { scale } = plan.masks[site] as Mask;
  return Math.abs(scale - 1 / (1 - rate)) < 1e-12 ? 'm / (1-p)' : 'm';
}

function evaluationRule(rule: SiteDropout): string {
  const scale = mean([rule]).masks[rule.site]?.scale;
  if (scale === undefined) return '1, as without dropout';
  return isZone(rule.site) ? '(1-p) new + p old' : '1-p';
}

function shapeOf({ site, tied }: SiteDropout, { sizes }: Mask): string {
  if (site === 'weight') return '[G*H,H]';
  const width = SITES[site].width === 'input' ? 'I' : 'H';
  return `[${[...(tied === false ? ['G'] : []), 'B', ...(sizes.time > 1 ? ['T'] : []), width]}]`;
}

const isZone = (site: Site): boolean => SITES[site].kind === 'zone';
const isGated = (site: Site): boolean => SITES[site].untied;
/** What a call says beside its rates. */
const optionsOf = (call: string): string =>
  [...call.matchAll(/(scope: '\w+'|tied: \w+)/g)].map(([option]) => `, \`${option}\``).join('');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => (cells[column] as string).length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

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

function draw(scheme: Scheme): Plan {
  return sample(scheme, key(SEED), EXTENTS);
}

function pictures(scheme: Scheme): string {
  const { masks } = draw(scheme);
  return scheme.map(({ site, rate }) => picture(site, rate, masks[site] as Mask)).join('\n\n');
}

/** A mask as blocks side by side: one a sample, or one a gate where gates differ, or where rows are those of U. */
function picture(site: Site, rate: number, mask: Mask): string {
  const { hiddenSize, batch, time } = EXTENTS;
  const units = mask.sizes.unit;
  if (site === 'weight') {
    const blocks = GATES.map((name, gate) => ({
      title: `U of ${name}`,
      lines: range(hiddenSize).map((row) =>
        range(units)
          .map((unit) => glyph(mask, 0, 0, gate * hiddenSize + row, unit))
          .join(''),
      ),
    }));
    return [`${site}, rate ${rate}: for all samples and timesteps`, ...beside(blocks)].join('\n');
  }
  const block = (title: string, gate: number, row: number): Block => ({
    title,
    lines: range(units).map((unit) =>
      range(time)
        .map((t) => glyph(mask, gate, t, row, unit))
        .join(''),
    ),
  });
  const bands =
    mask.sizes.gate > 1
      ? range(batch).map((row) => GATES.map((name, gate) => block(`sample ${row}, ${name}`, gate, row)))
      : [range(batch).map((row) => block(`sample ${row}`, 0, row))];
  return [`${site}, rate ${rate}`, ...bands.flatMap((band, i) => [...(i > 0 ? [''] : []), ...beside(band)])].join('\n');
}

interface Block {
  readonly title: string;
  readonly lines: readonly string[];
}

function beside(blocks: readonly Block[]): string[] {
  const width = Math.max(...blocks.flatMap(({ title, lines }) => [title, ...lines].map((line) => line.length)));
  const rows = (blocks[0] as Block).lines.length;
  return range(rows + 1).map((row) =>
    blocks
      .map(({ title, lines }) => (row === 0 ? title : (lines[row - 1] as string)).padEnd(width))
      .join('   ')
      .trimEnd(),
  );
}

function glyph({ bits, strides }: Mask, gate: number, t: number, row: number, unit: number): string {
  return bits[gate * strides.gate + t * strides.time + row * strides.row + unit * strides.unit] === 1 ? '█' : '·';
}

// --- the traps, measured ---

const OPEN = 40; // σ(40) is 1 in float64
const engine = await createEngine('reference');

/** A cell of one unit whose gates are set by its biases alone, run over T steps without input. */
async function oneUnit(
  cell: 'lstm' | 'gru' | 'rnn',
  biases: readonly number[],
  plan: Plan,
  { time, batch = 1, state = {} }: { time: number; batch?: number; state?: Readonly<Record<string, number>> },
): Promise<Readonly<Record<string, Tensor>>> {
  const layer = recurrent({ cell, inputSize: 1, hiddenSize: 1, engine });
  const zeros = biases.map(() => [0]);
  layer.setWeights({ weight_ih: zeros, weight_hh: zeros, bias_ih: [...biases], bias_hh: biases.map(() => 0) });
  const run = await layer.forward(
    range(batch).map(() => range(time).map(() => [0])),
    {
      plan,
      state: Object.fromEntries(Object.entries(state).map(([part, value]) => [part, range(batch).map(() => [value])])),
    },
  );
  run.dispose();
  return run.state;
}

async function traps(): Promise<string> {
  return ['## Three scaling traps', await carriedState(), await zoneoutMixes(), await updatesGrow()].join('\n\n');
}

async function carriedState(): Promise<string> {
  const [rate, time] = [0.5, 20];
  const biases = [OPEN, OPEN, Math.atanh(0.1), OPEN];
  const memory = async (plan: Plan): Promise<number> =>
    ((await oneUnit('lstm', biases, plan, { time })).c as Tensor).at(0, 0);
  const kept = (scaling: Scaling): Plan => injectMasks({ memory: { rate, scaling, mask: [[1]] } });
  const evaluation = (scaling: Scaling): Plan => mean([{ site: 'memory', rate, scaling }]);
  const rows = [
    ['without dropout', round(await memory(none()))],
    ['literal, training, a kept unit', round(await memory(kept('literal')))],
    ['literal, training, the mean over kept and dropped units', round((await memory(kept('literal'))) * (1 - rate))],
    ['literal, evaluation', round(await memory(evaluation('literal')))],
    ['inverted, training, a kept unit', (await memory(kept('inverted'))).toFixed(0)],
    ['inverted, evaluation', round(await memory(evaluation('inverted')))],
  ];

  const stays = await oneUnit('gru', [0, OPEN, 0], injectMasks({ recurrent: { rate, mask: [[1]] } }), {
    time: 4,
    state: { h: 1 },
  });
  return `### 1. A fixed mask on a carried state

Whatever is multiplied at every step and carried on is multiplied T times. With a mask that is fixed, the factor is the
same each time: inverted scaling gives (1/(1-p))^T, literal scaling gives (1-p)^T in evaluation. An LSTM unit with
f = 1, i g = 0.1 and rnnDrop at p = ${rate}, after T = ${time} steps:

${table(['what', 'c'], rows)}

So neither scaling makes evaluation the mean of training: literal training means ${round((await memory(kept('literal'))) * (1 - rate))} and evaluates to ${round(await memory(evaluation('literal')))}, inverted
training explodes. \`rnnDrop\` is the only preset on a carried state; take it with \`scaling: 'literal'\` and short
sequences, or take \`recurrentDropout\`, which leaves the memory alone. \`schemeWarnings(scheme)\` tells the factor.

The same happens to a GRU that multiplies the h it carries, where only the copy that enters U should be: with
z = 1, p = ${rate} and h = 1, a kept unit goes 2, 4, 8, 16 in four steps. Here the carried h is left alone, and it is still
${round((stays.h as Tensor).at(0, 0))} after four.`;
}

async function zoneoutMixes(): Promise<string> {
  const rates = { hidden: 0.05, cell: 0.5 };
  const scheme = zoneout({ ...rates, scope: 'step' });
  const biases = [0.5, 1, 1, 0];
  const state = { h: 0.2, c: 1 };
  const batch = 20_000;
  const after = async (plan: Plan, time: number, samples = 1): Promise<{ h: number; c: number }> => {
    const found = await oneUnit('lstm', biases, plan, { time, batch: samples, state });
    const average = (values: Tensor): number => values.toFlat().reduce((sum, x) => sum + x, 0) / samples;
    return { h: average(found.h as Tensor), c: average(found.c as Tensor) };
  };
  const drawn = (time: number): Plan =>
    sample(scheme, key(SEED), { batch, time, inputSize: 1, hiddenSize: 1, gates: 4 });
  const rows: string[][] = [];
  for (const time of [1, 10]) {
    const found = [await after(none(), time), await after(drawn(time), time, batch), await after(mean(scheme), time)];
    rows.push([`h after ${time}`, ...found.map(({ h }) => h.toFixed(3))]);
    rows.push([`c after ${time}`, ...found.map(({ c }) => c.toFixed(3))]);
  }
  const fixed = zoneout({ hidden: 0.5 });
  const steps = { time: 10 };
  const held = async (plan: Plan): Promise<number> =>
    ((await oneUnit('rnn', [OPEN], plan, steps)).h as Tensor).at(0, 0);
  const ofFixed = async (bit: 0 | 1): Promise<number> =>
    held(injectMasks({ zoneHidden: { rate: 0.5, mask: [[bit]] } }));
  const fixedMean = ((await ofFixed(0)) + (await ofFixed(1))) / 2;
  return `### 2. Zoneout in evaluation is not the cell without dropout

Evaluation blends: (1-p) new + p old, at every step. Leaving the blend out, as some implementations do, evaluates another
network than the one that was trained. One LSTM unit (biases ${biases.join(', ')}; from h = ${state.h}, c = ${state.c}), cell ${rates.cell} and hidden
${rates.hidden} per step, ${batch.toLocaleString('en')} samples:

${table(['steps', 'without dropout', 'training, mean of the samples', 'evaluation'], rows)}

After one step evaluation is the mean of training (to the error of the sample), since h reads c~ and not the zoned c.
After several it is near it: gates and tanh are not linear. Do not test zoneout for equality with the plain cell.

All this is for masks per step, as in the paper. With a fixed mask (\`scope: 'sequence'\`, the default) a dropped unit holds its
initial state to the end, while evaluation still lets every unit move: a tanh RNN unit whose new state is always 1, from
0, hidden 0.5, ${steps.time} steps: ${round(await ofFixed(1))} kept, ${round(await ofFixed(0))} dropped, so ${round(fixedMean)} on average; evaluation gives ${round(await held(mean(fixed)))}.`;
}

async function updatesGrow(): Promise<string> {
  const rate = 0.5;
  const biases = [0, 0, OPEN];
  const hidden = async (plan: Plan): Promise<string> =>
    round(((await oneUnit('gru', biases, plan, { time: 40 })).h as Tensor).at(0, 0));
  const kept = (scaling: Scaling): Plan => injectMasks({ update: { rate, scaling, mask: [[1]] } });
  const evaluation = (scaling: Scaling): Plan => mean([{ site: 'update', rate, scaling }]);
  const rows = [
    ['without dropout', await hidden(none()), await hidden(none())],
    ['inverted', await hidden(kept('inverted')), await hidden(evaluation('inverted'))],
    ['literal', await hidden(kept('literal')), await hidden(evaluation('literal'))],
  ];
  return `### 3. Inverted updates leave the range of tanh

g and n are within ±1, but g / (1-p) is not: at p = ${rate} it reaches ${round(1 / (1 - rate))}. A cell whose gates are tied (the GRU: z and 1 - z)
then no longer keeps its state within ±1. A GRU unit with n = 1 and z = 0.5, after 40 steps of one
mask of recurrentDropout at p = ${rate}:

${table(['scaling', 'training, a kept unit', 'evaluation'], rows)}

Literal scaling stays within ±1 in training and gives 1-p of it in evaluation; it is what the code of Semeniuta
et al. does, and that of Melis et al. 2018 (arXiv:1707.05589): \`recurrentDropout({ update: 0.5, scaling: 'literal' })\`.`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
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
