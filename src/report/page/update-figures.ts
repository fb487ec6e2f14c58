import type { ComponentChild } from 'preact';
import type { ChartLibrary } from '../charts/chart-library.ts';
import { schemesChart } from '../charts/curves-chart.ts';
import type { ReportEpoch, ReportRun } from '../run/report-data.ts';
import { percent } from '../table.ts';
import { ROWS, thinned } from './curve-figures.ts';
import { drawBoth } from './draw-both.ts';
import { figure, type H } from './markup.ts';

/** Something that was told of the updates of each epoch: one line, or several. */
interface Told {
  readonly title: string;
  readonly what: string;
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  readonly shown: (value: number) => string;
  readonly isShare?: boolean;
}

/** How the updates of a run went: nothing for what is not known, and for rates that stayed the same. */
export function updateFigures(h: H, library: ChartLibrary, { epochs }: ReportRun): ComponentChild[] {
  const of = (part: (updates: NonNullable<ReportEpoch['updates']>) => number | null | undefined): (number | null)[] =>
    epochs.map(({ updates }) => (updates ? (part(updates) ?? null) : null));
  const precise = (value: number): string => `${Number(value.toPrecision(4))}`;
  const sites = [...new Set(epochs.flatMap(({ updates }) => Object.keys(updates?.dropoutRates ?? {})))];
  const rates = sites.map((site) => ({ name: site, values: of(({ dropoutRates }) => dropoutRates[site]) }));
  const learning = [{ name: 'learning rate', values: of(({ learningRate }) => learningRate) }];
  const told: Told[] = [
    { title: 'Learning rate', what: 'learning rate', lines: learning.filter(changes), shown: precise },
    {
      title: 'Gradient norm, the mean over an epoch, before clipping',
      what: 'gradient norm',
      lines: [{ name: 'gradient norm', values: of(({ gradientNorm }) => gradientNorm) }],
      shown: precise,
    },
    {
      title: 'Milliseconds a step, the mean over an epoch',
      what: 'time of a step',
      lines: [{ name: 'ms a step', values: of(({ stepSeconds }) => stepSeconds && 1000 * stepSeconds) }],
      shown: precise,
    },
    { title: 'Dropout rates', what: 'dropout rate', lines: rates.filter(changes), shown: percent, isShare: true },
  ];
  return told
    .filter(({ lines }) => lines.some(({ values }) => values.some((value) => value !== null)))
    .map((one) => figureOf(h, library, one, epochs));
}

function changes({ values }: Told['lines'][number]): boolean {
  return new Set(values.filter((value) => value !== null)).size > 1;
}

function figureOf(
  h: H,
  library: ChartLibrary,
  { title, what, lines, shown, isShare = false }: Told,
  epochs: readonly ReportEpoch[],
): ComponentChild {
  const numbers = epochs.map(({ epoch }) => epoch);
  const option = schemesChart(
    lines.map(({ name, values }) => ({ name, seeds: [], mean: values })),
    { epochs: numbers, isShare },
  );
  const cell = (value: number | null | undefined): string => (typeof value === 'number' ? shown(value) : '–');
  const ends = lines.map(({ name, values }) => {
    const [first, last] = [cell(values[0]), cell(values.at(-1))];
    return `${lines.length > 1 ? `${name} ` : ''}${first === last ? first : `from ${first} to ${last}`}`;
  });
  const at = epochs.map((_, i) => i);
  return figure(h, {
    caption: `${title}: ${ends.join(', ')}.`,
    label: `Line chart of the ${what} by epoch`,
    ...drawBoth(library)(`updates-${what}`, option),
    numbers: {
      caption: `The ${what} by epoch`,
      head: ['epoch', ...lines.map(({ name }) => name)],
      rows: thinned(at, ROWS).map((i) => [
        { number: `${numbers[i]}` },
        ...lines.map(({ values }) => ({ number: cell(values[i]) })),
      ]),
    },
    csv: {
      name: what.replaceAll(' ', '-'),
      rows: [
        ['epoch', ...lines.map(({ name }) => name)],
        ...at.map((i) => [numbers[i] as number, ...lines.map(({ values }) => values[i] ?? null)]),
      ],
    },
  });
}
