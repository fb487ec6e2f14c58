import type { ComponentChild } from 'preact';
import type { ChartLibrary } from '../charts/chart-library.ts';
import { toBase64 } from '../run/base64.ts';
import { counted } from '../run/evaluation-facts.ts';
import { counts, points, sharesBetween } from '../run/in-words.ts';
import type { ReportData } from '../run/report-data.ts';
import { type Finding, findingsOf } from '../run/result-checks.ts';
import { compared } from '../run/scheme-comparison.ts';
import { standingOf, verdictOf } from '../run/standing.ts';
import { scoreInWords } from '../score-in-words.ts';
import { percent } from '../table.ts';
import { comparisonSection } from './comparison-section.ts';
import { curveFigures } from './curve-figures.ts';
import { evaluationSection } from './evaluation-section.ts';
import { dataSection, masksSection, modelSection, originSection } from './facts-sections.ts';
import { type H, type Section, sectionNode } from './markup.ts';
import { STYLE } from './style.ts';
import { updateFigures } from './update-figures.ts';

/** What a page may load: nothing but what is in it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** A report as the text of a page. The same data give the same text. */
export async function reportHtml(data: ReportData, library: ChartLibrary): Promise<string> {
  // Loaded by those who make a page, and by nobody else.
  const [{ h }, { renderToString }, { encode }] = await Promise.all([
    import('preact'),
    import('preact-render-to-string'),
    import('fast-png'),
  ]);
  const sections = [
    checksSection(h, findingsOf(data)),
    comparisonSection(h, library, data.runs),
    originSection(h, data),
    data.data ? dataSection(h, data.data) : null,
    data.model ? modelSection(h, data.model) : null,
    masksSection(h, encode, data),
    data.runs.some(({ epochs }) => epochs.length > 0)
      ? { id: 'curves', title: 'Curves', content: curves(h, library, data.runs) }
      : null,
    data.evaluation ? evaluationSection(h, library, data.evaluation) : null,
  ].filter((one) => one !== null);
  return `<!doctype html>\n${renderToString(h(() => page(h, data, sections), null))}\n`;
}

function page(h: H, data: ReportData, sections: readonly Section[]): ComponentChild {
  const head = h(
    'head',
    null,
    h('meta', { charset: 'utf-8' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: POLICY }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('title', null, data.title),
    h('link', { rel: 'icon', href: 'data:,' }),
    h('style', { dangerouslySetInnerHTML: { __html: STYLE } }),
  );
  const header = h(
    'header',
    null,
    h('h1', null, h('bdi', null, data.title)),
    h('p', { class: 'verdict' }, verdictOf(data)),
    tiles(h, data),
    h(
      'nav',
      { 'aria-label': 'Sections' },
      h(
        'ul',
        null,
        sections.map(({ id, title }) => h('li', null, h('a', { href: `#${id}` }, title))),
      ),
    ),
  );
  return h(
    'html',
    { lang: 'en' },
    head,
    h(
      'body',
      null,
      header,
      h(
        'main',
        null,
        sections.map((one) => sectionNode(h, one)),
      ),
      footer(h, data),
    ),
  );
}

/** Of a single run also how its updates went. */
function curves(h: H, library: ChartLibrary, runs: ReportData['runs']): ComponentChild[] {
  const [run, ...others] = runs;
  return [...curveFigures(h, library, runs), ...(run && others.length === 0 ? updateFigures(h, library, run) : [])];
}

type Tile = readonly [name: string, value: string, more: string];

function tiles(h: H, data: ReportData): ComponentChild {
  const shown = compared(data.runs) ? tilesOfSchemes(data) : tilesOfRun(data);
  return h(
    'dl',
    { class: 'tiles' },
    shown.map(([name, value, more]) =>
      h('div', null, h('dt', null, name), h('dd', null, value, h('small', null, more))),
    ),
  );
}

function tilesOfRun(data: ReportData): Tile[] {
  const { accuracy, interval, training, bestEpoch, keptEpoch, epochs, commonest } = standingOf(data);
  const [run] = data.runs;
  const total = data.evaluation && counted(data.evaluation);
  const found: (Tile | null)[] = [
    accuracy === null
      ? null
      : [
          'Accuracy',
          percent(accuracy),
          interval && total
            ? `${sharesBetween(interval)}; n = ${total.count.toLocaleString('en')}`
            : 'of the validation',
        ],
    accuracy === null || commonest === null
      ? null
      : ['Above a guess', points(accuracy - commonest), `commonest class: ${percent(commonest)}`],
    accuracy === null || training === null
      ? null
      : [
          'Gap',
          points(training.accuracy - accuracy),
          training.underDropout ? 'training with dropout' : 'training without dropout',
        ],
    accuracy !== null
      ? null
      : [
          'Loss',
          scoreInWords('loss', (run?.scores ?? run?.epochs.at(-1)?.training)?.loss),
          run?.scores ? 'in validation' : 'in training',
        ],
    epochTile(bestEpoch, keptEpoch, epochs),
  ];
  return found.filter((tile) => tile !== null);
}

function epochTile(best: number | null, kept: number | null, epochs: number): Tile {
  if (kept !== null) return ['Weights of epoch', `${kept} of ${epochs}`, kept === best ? 'the best' : 'kept'];
  if (best === null) return ['Best epoch', '–', counts(epochs, 'epoch')];
  return ['Best epoch', `${best} of ${epochs}`, "by the validation's loss"];
}

function tilesOfSchemes({ runs }: ReportData): Tile[] {
  const found = compared(runs);
  if (!found) return [];
  const { metric, isLoss, schemes, seeds } = found;
  const best = schemes.reduce((a, b) => ((isLoss ? b.mean < a.mean : b.mean > a.mean) ? b : a));
  const interval =
    best.interval && `95%: ${scoreInWords(metric, best.interval.from)} to ${scoreInWords(metric, best.interval.to)}`;
  return [
    ['Best on average', best.scheme, `of ${counts(schemes.length, 'scheme')}`],
    [`Its mean ${metric}`, scoreInWords(metric, best.mean), interval ?? 'too few seeds for an interval'],
    ['Runs', `${runs.length}`, counts(seeds, 'seed')],
  ];
}

function checksSection(h: H, findings: readonly Finding[]): Section {
  const content = [
    h(
      'ul',
      { class: 'checks' },
      findings.map(({ state, name, detail }) =>
        h(
          'li',
          { class: state },
          h('span', { class: 'state' }, state),
          h('span', null, h('strong', null, name), `: ${detail}`),
        ),
      ),
    ),
  ];
  return { id: 'checks', title: 'Checks', content };
}

function footer(h: H, data: ReportData): ComponentChild {
  const href = `data:application/json;base64,${toBase64(JSON.stringify(data))}`;
  const seeds = data.runs.length;
  return h(
    'footer',
    null,
    h(
      'p',
      null,
      `All numbers of ${seeds === 1 ? 'this training' : `these ${seeds} trainings`} are in this file: `,
      h('a', { download: 'report.json', href }, 'report.json'),
      ', from which keepgate report makes this page again.',
    ),
  );
}
