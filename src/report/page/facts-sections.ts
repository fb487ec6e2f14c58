import type { ComponentChild } from 'preact';
import { counts } from '../run/in-words.ts';
import type { ReportData, ReportedData, ReportLayer, ReportPart } from '../run/report-data.ts';
import { percent } from '../table.ts';
import { type EncodePng, maskFigure } from './mask-images.ts';
import { type Cell, className, facts, folded, type H, type Section, table } from './markup.ts';

/** The command, the code, and what they ran on; nothing where nothing was told. */
export function originSection(h: H, { origin: { command, code, facts: more } }: ReportData): Section | null {
  const pairs = Object.entries(more);
  if (command === null && code === null && pairs.length === 0) return null;
  const content = [
    command === null ? null : h('pre', { tabindex: 0 }, h('code', null, command)),
    code === null ? null : folded(h, 'The same in TypeScript', h('pre', { tabindex: 0 }, h('code', null, code))),
    pairs.length === 0 ? null : facts(h, pairs),
  ];
  return { id: 'origin', title: 'To do it again', content };
}

/** So many classes are shown, the largest. */
const CLASSES = 40;

export function dataSection(h: H, { parts, facts: more }: ReportedData): Section {
  const names = [...new Set(parts.flatMap(({ classes }) => Object.keys(classes)))];
  const total = (name: string): number => parts.reduce((sum, { classes }) => sum + (classes[name] ?? 0), 0);
  const shown = names.length > CLASSES ? names.sort((a, b) => total(b) - total(a)).slice(0, CLASSES) : names;
  const share = (part: ReportPart, name: string): Cell => {
    const count = part.classes[name] ?? 0;
    return { number: part.samples === 0 ? '0' : `${count.toLocaleString('en')} (${percent(count / part.samples)})` };
  };
  const content = [
    partsTable(h, parts),
    names.length === 0
      ? null
      : table(h, {
          caption:
            names.length > shown.length
              ? `The ${shown.length} largest of ${names.length} classes`
              : 'Samples of each class',
          head: ['class', ...parts.map(({ name }) => name)],
          rows: shown.map((name) => [{ node: className(h, name) }, ...parts.map((part) => share(part, name))]),
        }),
    facts(h, Object.entries(more)),
  ];
  return { id: 'data', title: 'Data', content };
}

/** With columns of what was told. */
function partsTable(h: H, parts: ReportedData['parts']): ComponentChild {
  const lengths = parts.some((part) => part.lengths !== null);
  const unknown = parts.some((part) => part.unknown !== null);
  const count = (value: number | undefined): Cell => ({ number: value?.toLocaleString('en') ?? '–' });
  return table(h, {
    caption: `Samples of each part${lengths ? ', and how many timesteps they have' : ''}`,
    head: [
      'part',
      'samples',
      ...(lengths ? ['shortest', 'median', 'longest'] : []),
      ...(unknown ? ['unknown tokens'] : []),
    ],
    rows: parts.map((part) => [
      part.name,
      count(part.samples),
      ...(lengths ? [part.lengths?.least, part.lengths?.median, part.lengths?.most].map(count) : []),
      ...(unknown ? [{ number: part.unknown === null ? '–' : percent(part.unknown) }] : []),
    ]),
  });
}

export function modelSection(h: H, layers: readonly ReportLayer[]): Section {
  const any = layers.some(({ drops }) => drops.length > 0);
  const dropped = ({ drops }: ReportLayer): string =>
    drops.length === 0 ? '–' : drops.map(({ site, rule }) => `${site} ${rule}`).join('; ');
  const weights = layers.reduce((sum, layer) => sum + layer.weights, 0);
  const content = [
    table(h, {
      caption: `Layers: ${counts(weights, 'weight')}`,
      captioned: true,
      head: ['layer', 'output', 'weights', ...(any ? ['drops'] : [])],
      rows: layers.map((layer) => [
        { node: h('code', null, layer.name) },
        { node: h('code', null, layer.output) },
        { number: layer.weights.toLocaleString('en') },
        ...(any ? [dropped(layer)] : []),
      ]),
    }),
    ...equations(h, layers),
  ];
  return { id: 'model', title: 'Model', content };
}

/** What a mask m does at each site. */
const EQUATIONS: Readonly<Record<string, string>> = {
  input: 'W (m ⊙ xₜ)',
  recurrent: 'U (m ⊙ hₜ₋₁)',
  weight: '(m ⊙ U) hₜ₋₁',
  update: 'm ⊙ gₜ',
  memory: 'm ⊙ cₜ',
  zoneCell: 'm ⊙ cₜ + (1 − m) ⊙ cₜ₋₁',
  zoneHidden: 'm ⊙ hₜ + (1 − m) ⊙ hₜ₋₁',
  output: 'm ⊙ yₜ',
  wordType: 'm e(w), one m for each word w of a sample',
  embeddingRow: 'm e(w), one m for each word w of the batch',
  token: 'm e(wₜ), one m for each token',
  unknown: 'wₜ, or the unknown word where m = 0',
};

function equations(h: H, layers: readonly ReportLayer[]): ComponentChild[] {
  const sites = [...new Set(layers.flatMap(({ drops }) => drops.map(({ site }) => site)))];
  if (sites.length === 0) return [];
  return [
    facts(
      h,
      sites.map((site) => [site, EQUATIONS[site] ?? ''] as const),
    ),
  ];
}

export function masksSection(h: H, encode: EncodePng, { masks }: ReportData): Section | null {
  if (masks.length === 0) return null;
  const content = [
    h('p', { class: 'quiet' }, 'Blue is kept; where the ground shows, it was dropped.'),
    ...masks.map((mask) => maskFigure(h, encode, mask)),
  ];
  return { id: 'masks', title: 'Masks of a real batch', content };
}
