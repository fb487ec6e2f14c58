/** Pictures of masks, in text: every one is a plan that was really drawn. */
import { type Extents, key, type Mask, type Plan, type Scheme, SITES, type Site, sample } from 'keepgate';
import { LSTM_GATES } from '../src/cells/gates.ts';
import { range, SEED } from './scheme-tables.ts';

const SENTENCES = ['the cat saw the dog and the dog saw the cat .', 'a dog saw a cat and the cat saw the dog .'].map(
  (sentence) => sentence.split(' '),
);
const WORDS = [...new Set(SENTENCES.flat())];

/** The sizes that pictures are drawn for, and the token ids [T,B] of the two sentences. */
export const EXTENTS: Extents = {
  batch: SENTENCES.length,
  time: 12,
  inputSize: 6,
  hiddenSize: 6,
  gates: LSTM_GATES.length,
  tokens: {
    ids: Int32Array.from(range(12).flatMap((t) => SENTENCES.map((sentence) => WORDS.indexOf(sentence[t] as string)))),
  },
};

/** What the shades stand for, where a mask has numbers. */
export const SHADES: string =
  '`·` is a factor below 0.25 (and `-` one below 0), `░` below 0.75, `▒` below 1.25, `▓` below 1.75, and `█` above.';

export function draw(scheme: Scheme): Plan {
  return sample(scheme, key(SEED), EXTENTS);
}

export function pictures(scheme: Scheme): string {
  const { masks } = draw(scheme);
  return scheme.map(({ site }) => picture(site, masks[site] as Mask)).join('\n\n');
}

function picture(site: Site, mask: Mask): string {
  const title = `${site}, rate ${mask.rule.rate}`;
  if (SITES[site].of === 'embedding') return [title, ...sentences(mask)].join('\n');
  if (SITES[site].ofWeights)
    return [`${title}: for all samples and timesteps`, ...beside(gatesOfWeight(mask))].join('\n');
  const shared = mask.sizes.unit === 1 ? ', one entry for all units' : '';
  return [title + shared, ...bands(mask).flatMap((band, i) => [...(i > 0 ? [''] : []), ...beside(band)])].join('\n');
}

/** Each sample as its words, of which dropped ones are dots, or the unknown word. */
function sentences(mask: Mask): string[] {
  return SENTENCES.map((sentence, row) => {
    const words = sentence.map((word, time) => {
      if (mask.at({ gate: 0, time, row, unit: 0 }) === 1) return word;
      return mask.rule.site === 'unknown' ? '<unknown>' : '·'.repeat(word.length);
    });
    return `sample ${row}   ${words.join(' ')}`;
  });
}

interface Block {
  readonly title: string;
  readonly lines: readonly string[];
}

function gatesOfWeight(mask: Mask): Block[] {
  const { hiddenSize } = EXTENTS;
  return LSTM_GATES.map((name, gate) => ({
    title: `U of ${name}`,
    lines: range(hiddenSize).map((row) =>
      range(mask.sizes.unit)
        .map((unit) => glyph(mask, { gate: 0, time: 0, row: gate * hiddenSize + row, unit }))
        .join(''),
    ),
  }));
}

/** A mask as blocks side by side: one a sample, or one a gate where gates differ, with a band for each sample. */
function bands(mask: Mask): readonly (readonly Block[])[] {
  const { row: samples, gate: gates, unit: units } = mask.sizes;
  const block = (title: string, gate: number, row: number): Block => ({
    title,
    lines: range(units).map((unit) =>
      range(EXTENTS.time)
        .map((time) => glyph(mask, { gate, time, row, unit }))
        .join(''),
    ),
  });
  const nameOf = (row: number): string => (samples === 1 ? 'all samples' : `sample ${row}`);
  return gates > 1
    ? range(samples).map((row) => LSTM_GATES.map((name, gate) => block(`${nameOf(row)}, ${name}`, gate, row)))
    : [range(samples).map((row) => block(nameOf(row), 0, row))];
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

function glyph(mask: Mask, place: Parameters<Mask['at']>[0]): string {
  const value = mask.at(place);
  if (mask.rule.distribution === 'bernoulli') return value === 1 ? '█' : '·';
  const factor = value * mask.scale;
  return factor < 0 ? '-' : ('·░▒▓█'[Math.min(4, Math.floor(2 * factor + 0.5))] as string);
}
