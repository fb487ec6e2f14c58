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
import type { H, Section } from './markup.ts';
import { pageNode, type Tile } from './page-node.ts';
import { updateFigures } from './update-figures.ts';

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
  const shown = compared(data.runs) ? tilesOfSchemes(data) : tilesOfRun(data);
  const verdict = h('p', { class: 'verdict' }, verdictOf(data));
  return pageNode(h, { title: data.title, verdict, tiles: shown, sections, footer: footer(h, data) });
}

/** Of a single run also how its updates went. */
function curves(h: H, library: ChartLibrary, runs: ReportData['runs']): ComponentChild[] {
  const [run, ...others] = runs;
  return [...curveFigures(h, library, runs), ...(run && others.length === 0 ? updateFigures(h, library, run) : [])];
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
