import type { ComponentChild } from 'preact';
import { percent } from '../table.ts';
import { counts } from '../run/in-words.ts';
import type { ReportMask } from '../run/report-data.ts';
import { toBase64Bytes } from '../run/base64.ts';
import { folded, type H, table } from './markup.ts';

/** Writes a PNG: of the package fast-png. */
export type EncodePng = typeof import('fast-png').encode;

/** How much is kept, from none to all, and nothing of what is dropped: the ground shows there, light or dark. */
const KEPT: readonly [number, number, number] = [64, 132, 214];
const LEVELS = 9;
const PALETTE = Array.from({ length: LEVELS + 1 }, (_, level): [number, number, number, number] => [
  ...KEPT,
  Math.round((255 * level) / LEVELS),
]);

/** The pictures of a site's mask, and what they show. */
export function maskFigure(h: H, encode: EncodePng, mask: ReportMask): ComponentChild {
  const { site, rule, layer, lane, rows, columns, pictures, fixed, kept } = mask;
  const shown = (axis: ReportMask['rows']): string =>
    axis.shown === axis.all ? `${axis.all} ${axis.what}` : `${axis.shown} of ${axis.all} ${axis.what}`;
  const share = kept === null ? '' : ` ${percent(kept)} of its entries are kept.`;
  const time =
    columns.what !== 'timesteps'
      ? ''
      : fixed
        ? ' One mask serves all timesteps: lines.'
        : ' Each timestep has its own: noise.';
  const each = pictures.map((picture, i) => {
    const alone = pictures.length === 1;
    const what = alone ? 'The batch' : `Sample ${i}`;
    return h(
      'li',
      null,
      h('img', {
        src: pngOf(encode, mask, picture),
        width: columns.shown * scaleOf(mask),
        height: picture.length * scaleOf(mask),
        alt: `${what}: the mask at ${site}, ${shown(columns)} from left to right, ${shown(rows)} from top to bottom`,
      }),
      alone ? null : what,
    );
  });
  return h(
    'figure',
    null,
    h(
      'figcaption',
      null,
      h('code', null, site),
      ` of layer ${layer}${lane === '' ? '' : `, ${lane}`}: ${rule}.${share}${time} From left to right ${shown(columns)}, from top to bottom ${shown(rows)}.`,
    ),
    h('ul', { class: 'masks' }, each),
    folded(h, 'Numbers', keptTable(h, mask)),
  );
}

/** Pixels of an entry: the same for all pictures of a mask. */
function scaleOf({ columns, pictures }: ReportMask): number {
  const rows = Math.max(...pictures.map((picture) => picture.length));
  return Math.max(2, Math.min(8, Math.floor(208 / Math.max(columns.shown, rows, 1))));
}

function pngOf(encode: EncodePng, { columns }: ReportMask, picture: readonly string[]): string {
  const width = columns.shown;
  // A row of a single digit is one for all columns.
  const data = Uint8Array.from(
    picture.flatMap((row) => Array.from({ length: width }, (_, t) => Number(row[t % row.length]))),
  );
  const png = encode(
    { width, height: picture.length, data, channels: 1, depth: 8, palette: PALETTE },
    { zlib: { level: 9 } },
  );
  return `data:image/png;base64,${toBase64Bytes(png)}`;
}

/** How much of each picture is kept: at the first timesteps, and in all of it. */
function keptTable(h: H, { pictures, site, columns }: ReportMask): ComponentChild {
  const first = Math.min(5, columns.shown);
  const shareAt = (picture: readonly string[], t: number): string =>
    percent(picture.reduce((sum, row) => sum + Number(row[t % row.length]) / LEVELS, 0) / picture.length);
  return table(h, {
    caption: `The share that ${site} keeps of what is shown, by ${columns.what}; ${counts(first, 'column')} of ${columns.shown}`,
    head: ['picture', ...Array.from({ length: first }, (_, t) => `${t}`)],
    rows: pictures.map((picture, i) => [
      pictures.length === 1 ? 'all' : `sample ${i}`,
      ...Array.from({ length: first }, (_, t) => ({ number: shareAt(picture, t) })),
    ]),
  });
}
