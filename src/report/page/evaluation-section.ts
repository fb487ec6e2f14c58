import type { ComponentChild } from 'preact';
import type { ChartLibrary } from '../charts/chart-library.ts';
import { type ReliabilityLook, reliabilityOption } from '../reliability-plot.ts';
import { classScores } from '../run/evaluation-facts.ts';
import { counts, sharesBetween } from '../run/in-words.ts';
import { shareInterval } from '../run/intervals.ts';
import type { ReportEvaluation } from '../run/report-data.ts';
import { percent } from '../table.ts';
import { drawBoth } from './draw-both.ts';
import { type Cell, className, csvLink, figure, foreign, type H, type Section, table } from './markup.ts';

/** More classes than this are no matrix that anybody reads: then the commonest confusions are listed. */
const MATRIX = 12;
const CONFUSIONS = 20;

export function evaluationSection(h: H, library: ChartLibrary, evaluation: ReportEvaluation): Section {
  const { of, classes, mistakes } = evaluation;
  const content = [
    classes.length <= MATRIX ? matrix(h, evaluation) : confusions(h, evaluation),
    perClass(h, evaluation),
    reliability(h, library, evaluation),
    mistakes.length === 0 ? null : surestMistakes(h, evaluation),
  ];
  return { id: 'evaluation', title: `Evaluation: ${of}`, content };
}

function matrix(h: H, { classes, confusion }: ReportEvaluation): ComponentChild {
  const rows = confusion.map((row, label): Cell[] => {
    const support = row.reduce((sum, count) => sum + count, 0);
    return [
      { node: className(h, classes[label] as string) },
      ...row.map((count): Cell => ({ node: [count.toLocaleString('en'), shareIn(h, count, support)] })),
    ];
  });
  const [head, ...body] = [['label', ...classes], ...rows] as const;
  return h(
    'figure',
    { class: 'matrix' },
    h(
      'figcaption',
      null,
      'Confusion matrix: a row for each label, a column for each prediction, with the share of the row.',
    ),
    heatTable(h, head as readonly string[], body as readonly (readonly Cell[])[], confusion),
    csvLink(h, {
      name: 'confusion-matrix',
      rows: [['label', ...classes], ...confusion.map((row, label) => [classes[label] as string, ...row])],
    }),
  );
}

function shareIn(h: H, count: number, support: number): ComponentChild {
  return support === 0 ? null : h('small', null, percent(count / support));
}

/** A table whose cells are the darker the larger their share of the row is: blue where they are right. */
function heatTable(
  h: H,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  confusion: ReportEvaluation['confusion'],
): ComponentChild {
  const cell = (content: Cell, label: number, prediction: number): ComponentChild => {
    const row = confusion[label] as readonly number[];
    const support = row.reduce((sum, count) => sum + count, 0);
    const share = support === 0 ? 0 : (row[prediction] as number) / support;
    const shown = typeof content === 'object' && 'node' in content ? content.node : null;
    return h('td', { class: label === prediction ? 'right' : null, style: `--share: ${share.toFixed(3)}` }, shown);
  };
  const body = rows.map(([name, ...cells], label) =>
    h(
      'tr',
      null,
      h('th', { scope: 'row' }, typeof name === 'object' && 'node' in name ? name.node : null),
      cells.map((content, prediction) => cell(content, label, prediction)),
    ),
  );
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'Confusion matrix' },
    h(
      'table',
      null,
      h('caption', { class: 'aloud' }, 'Confusion matrix'),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          head.map((name) => h('th', { scope: 'col' }, className(h, name))),
        ),
      ),
      h('tbody', null, body),
    ),
  );
}

function confusions(h: H, { classes, confusion }: ReportEvaluation): ComponentChild {
  const pairs = confusion.flatMap((row, label) =>
    row.flatMap((count, prediction) => (label === prediction || count === 0 ? [] : [{ label, prediction, count }])),
  );
  const commonest = pairs.sort((a, b) => b.count - a.count).slice(0, CONFUSIONS);
  return table(h, {
    caption: `The commonest confusions of ${counts(classes.length, 'class')}`.replace(/classs$/, 'classes'),
    captioned: true,
    head: ['label', 'prediction', 'how often'],
    rows: commonest.map(({ label, prediction, count }) => [
      { node: className(h, classes[label] as string) },
      { node: className(h, classes[prediction] as string) },
      { number: count.toLocaleString('en') },
    ]),
  });
}

function perClass(h: H, evaluation: ReportEvaluation): ComponentChild {
  const shown = (share: number | null): Cell => ({ number: share === null ? '–' : percent(share) });
  return h(
    'div',
    null,
    h('h3', null, 'Class by class'),
    table(h, {
      caption: 'Precision, recall and F1 of each class',
      head: ['class', 'samples', 'precision', 'recall', 'recall, 95%', 'F1'],
      rows: classScores(evaluation).map(({ name, support, precision, recall, f1 }) => [
        { node: className(h, name) },
        { number: support.toLocaleString('en') },
        shown(precision),
        shown(recall),
        { number: support === 0 || recall === null ? '–' : between(recall * support, support) },
        shown(f1),
      ]),
    }),
  );
}

function between(right: number, count: number): string {
  return sharesBetween(shareInterval(right, count)).replace('95%: ', '');
}

const COLOURS = {
  panel: 'transparent',
  text: 'var(--quiet)',
  lines: 'var(--line)',
  bars: 'var(--c0)',
  countBars: 'var(--c7)',
  diagonal: 'var(--c1)',
} as const;

const HEIGHT = 470;

function reliability(h: H, library: ChartLibrary, { calibration }: ReportEvaluation): ComponentChild {
  const look = (width: number): ReliabilityLook => ({
    accuracy: { left: 62, top: 32, width, height: 240 },
    counts: { left: 62, top: 326, width, height: 90 },
    legend: { right: 16, top: 0 },
    ...COLOURS,
  });
  const option = (size: { readonly width: number }): object => reliabilityOption(calibration, look(size.width - 84));
  const error = calibration.expectedCalibrationError.toFixed(4);
  const share = (value: number | null): Cell => ({ number: value === null ? '–' : percent(value) });
  return figure(h, {
    caption: `Reliability diagram: bars below the dashed line are surer than they are right. The expected calibration error is ${error} over ${counts(calibration.count, 'prediction')}.`,
    label:
      'Bar chart of the accuracy of predictions by their confidence, beside the diagonal of perfect calibration, and of how many predictions there are',
    ...drawBoth(library)('reliability', option, { wide: HEIGHT, narrow: HEIGHT }),
    numbers: {
      caption: 'Accuracy by confidence',
      head: ['confidence', 'predictions', 'mean confidence', 'accuracy'],
      rows: calibration.bins.map(({ from, to, count, confidence, accuracy }) => [
        `${percent(from)} to ${percent(to)}`,
        { number: count.toLocaleString('en') },
        share(confidence),
        share(accuracy),
      ]),
    },
    csv: {
      name: 'reliability',
      rows: [
        ['from', 'to', 'predictions', 'mean confidence', 'accuracy'],
        ...calibration.bins.map((bin) => [bin.from, bin.to, bin.count, bin.confidence, bin.accuracy]),
      ],
    },
  });
}

function surestMistakes(h: H, { mistakes }: ReportEvaluation): ComponentChild {
  const texts = mistakes.some(({ text }) => text !== null);
  return h(
    'div',
    null,
    h('h3', null, 'The surest mistakes'),
    table(h, {
      caption: 'Wrong predictions, the surest first',
      head: ['label', 'prediction', 'sure', ...(texts ? ['text'] : [])],
      rows: mistakes.map(({ text, label, predicted, confidence }) => [
        { node: className(h, label) },
        { node: className(h, predicted) },
        { number: percent(confidence) },
        ...(texts ? [{ node: foreign(h, text ?? ''), long: true as const }] : []),
      ]),
    }),
  );
}
