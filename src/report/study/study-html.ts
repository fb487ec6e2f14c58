import type { ComponentChild } from 'preact';
import type { ChartLibrary } from '../charts/chart-library.ts';
import { type Cell, csvLink, facts, folded, foreign, type H, type Section, table } from '../page/markup.ts';
import { pageNode, type Tile } from '../page/page-node.ts';
import { toBase64 } from '../run/base64.ts';
import { counts, points, sharesBetween } from '../run/in-words.ts';
import { isShare, scoreInWords } from '../score-in-words.ts';
import { type Standing, standing } from './how-sure.ts';
import {
  bestSoFarFigure,
  expectedFigure,
  pairedFigure,
  rateFigures,
  rungsFigure,
  schemesFigure,
  type StudyDrawing,
} from './study-figures.ts';
import { settingsInWords, studyInWords } from './study-in-words.ts';
import { metricOf, ranked, type StudyRecord, type TrialRecord } from './study-record.ts';

/** What a page of a study shows. */
export interface StudyPage {
  readonly record: StudyRecord;
  /** What trains the best trial; null for a study of a module. */
  readonly command: string | null;
  /** Texts that decided nothing; null where none were scored. */
  readonly test: { readonly file: string; readonly score: number | null } | null;
}

/** So many trials are seen at once, and so many are in the page, the best ones; all are in its CSV. */
const SEEN = 15;
const ROWS = 500;

/** A study as the text of a page that stands alone. The same study gives the same text. */
export async function studyHtml(page: StudyPage, library: ChartLibrary): Promise<string> {
  const [{ h }, { renderToString }] = await Promise.all([import('preact'), import('preact-render-to-string')]);
  const { record } = page;
  const drawing: StudyDrawing = { h, library, record };
  const found = standing(record);
  const sections = [
    found ? chosenSection(h, page, found) : null,
    ...(found ? figureSections(drawing) : []),
    trialsSection(h, record),
    studySection(h, record),
  ].filter((one) => one !== null);
  const title = `Search: ${record.texts?.path ?? record.name}`;
  const verdict = h(
    'div',
    { class: 'verdict' },
    studyInWords(record).map((sentence) => h('p', null, `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`)),
  );
  const node = pageNode(h, { title, verdict, tiles: tiles(page, found), sections, footer: footer(h, record) });
  return `<!doctype html>\n${renderToString(h(() => node, null))}\n`;
}

function tiles({ record, test }: StudyPage, found: Standing | null): Tile[] {
  const metric = metricOf(record);
  const share = isShare(metric);
  const shown = (value: number | null): string => scoreInWords(metric, value ?? undefined);
  const { trials, asked } = record;
  const complete = trials.filter(({ state }) => state === 'complete').length;
  const all: (Tile | null)[] = [
    found && [
      `Best ${metric}`,
      shown(found.best.score),
      found.interval && share ? sharesBetween(found.interval) : `mean of ${counts(found.best.each.length, 'training')}`,
    ],
    test && ['On the test', shown(test.score), 'texts that decided nothing'],
    found?.ahead
      ? [
          'Ahead of the next',
          share ? points(found.ahead.mean) : found.ahead.mean.toFixed(4),
          found.ahead.interval && found.ahead.interval.from > 0
            ? 'the seeds agree'
            : 'the seeds do not tell them apart',
        ]
      : null,
    ['Trials', `${trials.length} of ${asked}`, `${complete} with all ${counts(record.epochs, 'epoch')}`],
  ];
  return all.filter((tile) => tile !== null);
}

function chosenSection(h: H, { record, command, test }: StudyPage, { best }: Standing): Section {
  const { params, scheme } = best;
  const values = Object.entries(params).filter(([name]) => name !== 'scheme');
  const content = [
    command === null ? null : h('pre', { tabindex: 0 }, h('code', null, command)),
    facts(h, [
      ['trial', `${best.number}`],
      ['scheme', h('code', null, foreign(h, scheme))],
      ...values.map(([name, value]) => [name, `${value}`] as const),
      ['scores', best.each.map((score) => scoreInWords(metricOf(record), score)).join(', ')],
      ...(test
        ? [['on the test', `${scoreInWords(metricOf(record), test.score ?? undefined)}, ${test.file}`] as const]
        : []),
    ]),
  ];
  return { id: 'chosen', title: 'The chosen one', content };
}

function figureSections(drawing: StudyDrawing): Section[] {
  const { h } = drawing;
  const rates = rateFigures(drawing);
  const paired = pairedFigure(drawing);
  const quiet = (text: string): ComponentChild => h('p', { class: 'quiet' }, text);
  const found: (Section | null)[] = [
    { id: 'best-so-far', title: 'Best so far', content: [bestSoFarFigure(drawing), expectedFigure(drawing)] },
    { id: 'schemes', title: 'By scheme', content: [schemesFigure(drawing)] },
    rates.length === 0
      ? null
      : {
          id: 'rates',
          title: 'By rate',
          content: [
            ...rates,
            quiet(
              'A trial differs from the next in all that was searched, so that a correlation is no effect; and a sampler that learns tries most of its trials where it was good.',
            ),
          ],
        },
    { id: 'rungs', title: 'Rungs', content: [rungsFigure(drawing)] },
    paired === null ? null : { id: 'paired', title: 'The best and the next', content: [paired] },
  ];
  return found.filter((section) => section !== null);
}

function trialsSection(h: H, record: StudyRecord): Section {
  const metric = metricOf(record);
  const order = [...ranked(record), ...record.trials.filter(({ score }) => score === null)];
  const shown = order.slice(0, ROWS);
  const cells = (trial: TrialRecord): Cell[] => [
    { number: `${trial.number}` },
    { number: scoreInWords(metric, trial.score ?? undefined) },
    { number: `${trial.epochs}` },
    { node: foreign(h, trial.scheme), long: true },
    settingsInWords(record.dimensions, trial.params, trial.scheme),
    trial.why === null ? trial.state : `${trial.state}: ${trial.why}`,
  ];
  const head = ['trial', metric, 'epochs', 'scheme', 'settings', 'state'];
  const names = record.dimensions.map(({ name }) => name);
  const content = [
    table(h, { caption: 'The best trials', head, rows: shown.slice(0, SEEN).map(cells) }),
    shown.length > SEEN
      ? folded(
          h,
          shown.length < order.length ? `${ROWS - SEEN} more of ${counts(order.length, 'trial')}` : 'All others',
          table(h, { caption: 'The other trials', head, rows: shown.slice(SEEN).map(cells) }),
        )
      : null,
    csvLink(h, {
      name: 'trials',
      rows: [
        ['trial', ...names, 'epochs', metric, 'state', 'why'],
        ...record.trials.map(({ number, params, epochs, score, state, why }) => [
          number,
          ...names.map((name) => csvValue(params[name])),
          epochs,
          score,
          state,
          why,
        ]),
      ],
    }),
  ];
  return { id: 'trials', title: 'All trials', content };
}

function csvValue(value: string | number | boolean | undefined): string | number | null {
  return typeof value === 'boolean' ? `${value}` : (value ?? null);
}

function studySection(h: H, record: StudyRecord): Section {
  const { name, sampler, pruner, epochs, seeds, folds, dimensions } = record;
  const halving =
    pruner.name === 'none'
      ? 'none'
      : `${pruner.name}, one of ${pruner.eta} goes on, from ${counts(pruner.least, 'epoch')}`;
  const ranges = dimensions.filter(({ range }) => range !== null);
  const content = [
    facts(h, [
      ['study', name],
      ['sampler', sampler],
      ['pruner', halving],
      ['most epochs', `${epochs}`],
      ['seeds', seeds.join(', ')],
      ...(folds === null ? [] : [['folds', `${folds}`] as const]),
      ...ranges.map(
        ({ name: one, range }) => [one, `${range?.low} to ${range?.high}${range?.log ? ', logarithmic' : ''}`] as const,
      ),
    ]),
  ];
  return { id: 'study', title: 'The study', content };
}

function footer(h: H, record: StudyRecord): ComponentChild {
  const href = `data:application/json;base64,${toBase64(JSON.stringify(record))}`;
  const file = h('a', { download: 'study-record.json', href }, 'study-record.json');
  return h('footer', null, h('p', null, 'All numbers of this page are in it: ', file, '.'));
}
