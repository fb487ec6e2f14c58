import type { ComponentChild } from 'preact';
import { meanOf } from '../../train/comparison/spread.ts';
import type { ChartLibrary } from '../charts/chart-library.ts';
import { type Curve, gapChart, schemesChart } from '../charts/curves-chart.ts';
import { counts, points } from '../run/in-words.ts';
import type { ReportEpoch, ReportRun } from '../run/report-data.ts';
import { isShare, scoreInWords } from '../score-in-words.ts';
import { type Draw, drawBoth } from './draw-both.ts';
import { figure, type H } from './markup.ts';

/** So many epochs are drawn, and so many are in a table. */
const POINTS = 500;
export const ROWS = 60;

/** A figure for the loss and each metric: of one run with its gap, of several with their means over seeds. */
export function curveFigures(h: H, library: ChartLibrary, runs: readonly ReportRun[]): ComponentChild[] {
  const draw = drawBoth(library);
  const names = [...new Set(runs.flatMap(({ epochs }) => epochs.flatMap(({ training }) => Object.keys(training))))];
  return names.map((name) =>
    runs.length === 1 ? ofOne(h, draw, runs[0] as ReportRun, name) : ofMany(h, draw, runs, name),
  );
}

function ofOne(h: H, draw: Draw, { epochs: all }: ReportRun, name: string): ComponentChild {
  const epochs = thinned(all, POINTS);
  const training = epochs.map((epoch) => epoch.training[name] ?? null);
  const held = epochs.map((epoch) => epoch.validation?.[name] ?? null);
  const validation = held.some((value) => value !== null) ? held : null;
  const losses = all.map((epoch) => epoch.validation?.loss ?? Number.POSITIVE_INFINITY);
  const least = losses.indexOf(Math.min(...losses));
  const best = validation && Number.isFinite(losses[least]) ? (all[least] as ReportEpoch).epoch : null;
  const share = isShare(name);
  const option = gapChart(training, validation, best, { epochs: epochs.map(({ epoch }) => epoch), isShare: share });
  const gap = (epoch: ReportEpoch): string => {
    const [a, b] = [epoch.training[name], epoch.validation?.[name]];
    if (a === undefined || b === undefined) return '–';
    return share ? points(a - b) : (b - a).toFixed(4);
  };
  const last = all.at(-1) as ReportEpoch;
  return figure(h, {
    caption: `${titled(name)}: ${scoreInWords(name, last.training[name])} in training, with dropout at work${validation ? `, ${scoreInWords(name, last.validation?.[name])} in validation, without` : ''}, after ${counts(all.length, 'epoch')}.`,
    label: `Line chart of the ${name} by epoch${validation ? ', in training and in validation, with the gap between them shaded' : ' in training'}`,
    ...draw(`curve-${name}`, option),
    numbers: {
      caption: `The ${name} by epoch`,
      head: ['epoch', 'training', ...(validation ? ['validation', 'gap'] : [])],
      rows: thinned(all, ROWS).map((epoch) => [
        { number: `${epoch.epoch}` },
        { number: scoreInWords(name, epoch.training[name]) },
        ...(validation ? [{ number: scoreInWords(name, epoch.validation?.[name]) }, { number: gap(epoch) }] : []),
      ]),
    },
    csv: {
      name,
      rows: [
        ['epoch', 'training', ...(validation ? ['validation'] : [])],
        ...all.map((epoch) => [
          epoch.epoch,
          epoch.training[name] ?? null,
          ...(validation ? [epoch.validation?.[name] ?? null] : []),
        ]),
      ],
    },
  });
}

function ofMany(h: H, draw: Draw, runs: readonly ReportRun[], name: string): ComponentChild {
  const part = runs.every(({ epochs }) => epochs.some(({ validation }) => validation?.[name] !== undefined))
    ? 'validation'
    : 'training';
  const longest = runs.reduce((a, b) => (b.epochs.length > a.epochs.length ? b : a));
  const numbers = thinned(longest.epochs, POINTS).map(({ epoch }) => epoch);
  const schemes = [...new Set(runs.map(({ scheme }) => scheme))].map((scheme) => {
    const seeds = runs.filter((run) => run.scheme === scheme).map((run) => curveOf(run, part, name, numbers));
    return { name: scheme, seeds, mean: numbers.map((_, i) => meanAt(seeds, i)) };
  });
  const rows = thinned(
    numbers.map((epoch, i) => ({ epoch, i })),
    ROWS,
  );
  return figure(h, {
    caption: `${titled(name)} in ${part}: thick lines are means over seeds, thin ones single runs.`,
    label: `Line chart of the ${name} in ${part} by epoch, a line for each of ${counts(schemes.length, 'scheme')}`,
    ...draw(`curve-${name}`, schemesChart(schemes, { epochs: numbers, isShare: isShare(name) })),
    numbers: {
      caption: `The mean ${name} in ${part} by epoch`,
      head: ['epoch', ...schemes.map((scheme) => scheme.name)],
      rows: rows.map(({ epoch, i }) => [
        { number: `${epoch}` },
        ...schemes.map((scheme) => ({ number: scoreInWords(name, scheme.mean[i] ?? undefined) })),
      ]),
    },
    csv: {
      name,
      rows: [
        ['scheme', 'seed', 'epoch', name],
        ...runs.flatMap(({ scheme, seed, epochs }) =>
          epochs.map((epoch) => [scheme, seed, epoch.epoch, epoch[part]?.[name] ?? null]),
        ),
      ],
    },
  });
}

function curveOf({ epochs }: ReportRun, part: 'training' | 'validation', name: string, at: readonly number[]): Curve {
  const values = new Map(epochs.map((epoch) => [epoch.epoch, epoch[part]?.[name]]));
  return at.map((epoch) => values.get(epoch) ?? null);
}

/** Null where a run has ended: a mean over fewer would jump. */
function meanAt(curves: readonly Curve[], i: number): number | null {
  const values = curves.flatMap((curve) => curve[i] ?? []);
  return values.length === curves.length ? meanOf(values) : null;
}

/** Evenly spread, with the first and the last. */
export function thinned<V>(values: readonly V[], most: number): V[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))] as V);
}

function titled(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
