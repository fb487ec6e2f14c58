import { meanOf } from '../../train/comparison/spread.ts';
import type { ChartLibrary } from '../charts/chart-library.ts';
import { scoresChart } from '../charts/scores-chart.ts';
import { counts, signedPoints } from '../run/in-words.ts';
import type { ReportRun } from '../run/report-data.ts';
import { compared, type MeanOverSeeds, type SchemeScores } from '../run/scheme-comparison.ts';
import { isShare, scoreInWords } from '../score-in-words.ts';
import { drawBoth } from './draw-both.ts';
import { type Cell, figure, foreign, type H, type Section } from './markup.ts';

/** Schemes side by side; nothing for a single run. */
export function comparisonSection(h: H, library: ChartLibrary, runs: readonly ReportRun[]): Section | null {
  const found = compared(runs);
  if (!found) return null;
  const { metric, schemes, seeds } = found;
  const first = schemes[0] as SchemeScores;
  const share = isShare(metric);
  const longest = Math.max(...schemes.map(({ scheme }) => scheme.length));
  const option = (_: object, narrow: boolean): object =>
    scoresChart(
      schemes.map((scheme) => ({ ...scheme, name: scheme.scheme })),
      share,
      Math.min(7 * longest, narrow ? 100 : 190),
    );
  const height = 50 + 40 * schemes.length;
  const shownDifference = (value: number): string =>
    share ? signedPoints(value) : `${value > 0 ? '+' : ''}${value.toFixed(4)}`;
  const shown = (value: number): string => scoreInWords(metric, value);
  const content = [
    figure(h, {
      caption: `The ${metric} of each run (circles), the mean (diamonds) and its 95% interval by bootstrap over seeds (bars).`,
      label: `Dot plot of the ${metric} of each scheme, with the interval of its mean`,
      ...drawBoth(library)('comparison', option, { wide: height, narrow: height }),
      numbers: {
        caption: `The ${metric} of each scheme`,
        head: ['scheme', 'seeds', `mean ${metric}`, '95%', `paired difference to ${first.scheme}`, '95%', 'gap'],
        rows: schemes.map((scheme) => [
          { node: foreign(h, scheme.scheme) },
          { number: `${scheme.values.length}` },
          { number: shown(scheme.mean) },
          intervalCell(scheme, shown),
          { number: scheme.difference ? shownDifference(scheme.difference.mean) : '–' },
          scheme.difference ? intervalCell(scheme.difference, shownDifference) : { number: '–' },
          { number: gapOf(runs, scheme.scheme, metric, shownDifference) },
        ]),
      },
      csv: {
        name: 'comparison',
        rows: [
          ['scheme', 'seed', metric, `${metric} on what it learned from`],
          ...runs.map(({ scheme, seed, scores, training }) => [
            scheme,
            seed,
            scores?.[metric] ?? null,
            training?.[metric] ?? null,
          ]),
        ],
      },
    }),
    h(
      'p',
      { class: 'quiet' },
      `Differences are of runs with the same seed, so what a seed brings (first weights, order, split) is the same on both sides. What one may not read from it: an interval over ${counts(seeds, 'seed')} is rough, and with ${counts(schemes.length, 'scheme')} the best of them is in part the luckiest.`,
    ),
  ];
  return { id: 'comparison', title: `${counts(schemes.length, 'scheme')}, ${counts(seeds, 'seed')}`, content };
}

function intervalCell({ interval }: MeanOverSeeds, shown: (value: number) => string): Cell {
  return { number: interval ? `${shown(interval.from)} to ${shown(interval.to)}` : '–' };
}

/** How much better a scheme is on what it learned from, without dropout, where that is known. */
function gapOf(runs: readonly ReportRun[], scheme: string, metric: string, shown: (value: number) => string): string {
  const gaps = runs
    .filter((run) => run.scheme === scheme)
    .flatMap(({ training, scores }) => {
      const [learned, held] = [training?.[metric], scores?.[metric]];
      return learned === undefined || held === undefined ? [] : [learned - held];
    });
  return gaps.length === 0 ? '–' : shown(meanOf(gaps));
}
