import type { ComponentChild } from 'preact';
import { meanOf } from '../../train/comparison/spread.ts';
import type { ChartLibrary } from '../charts/chart-library.ts';
import { scoresChart } from '../charts/scores-chart.ts';
import { bestSoFarChart, expectedChart, type Place, rungsChart, scatterChart } from '../charts/study-charts.ts';
import { drawBoth } from '../page/draw-both.ts';
import { type Cell, figure, foreign, type H } from '../page/markup.ts';
import { thinned } from '../page/curve-figures.ts';
import { counts, points } from '../run/in-words.ts';
import { isShare, scoreInWords } from '../score-in-words.ts';
import { expectedBest } from './expected-best.ts';
import { ahead } from './how-sure.ts';
import { rankCorrelation } from './rank-correlation.ts';
import { metricOf, ranked, type StudyRecord, type TrialRecord } from './study-record.ts';

/** What all figures of a study need. */
export interface StudyDrawing {
  readonly h: H;
  readonly library: ChartLibrary;
  readonly record: StudyRecord;
}

/** Of fewer trials nobody sees a trend. */
const FEWEST = 5;

/** So many trials stand below each other in a comparison. */
const COMPARED = 10;

/** Scores trial by trial, with the best so far. */
export function bestSoFarFigure({ h, library, record }: StudyDrawing): ComponentChild {
  const metric = metricOf(record);
  const scored = record.trials.filter(({ score }) => score !== null);
  const places = scored.map(({ number, score }): Place => [number, score as number]);
  const best: { trial: TrialRecord; at: number }[] = [];
  for (const trial of scored) {
    const before = best.at(-1)?.trial;
    const [first] = before ? ranked({ trials: [before, trial], mode: record.mode }) : [trial];
    best.push({ trial: first as TrialRecord, at: trial.number });
  }
  const last = best.at(-1)?.trial as TrialRecord;
  const line = best.map(({ trial, at }): Place => [at, trial.score as number]);
  const shown = (value: number | null): string => scoreInWords(metric, value ?? undefined);
  return figure(h, {
    caption: `Trial ${last.number} is the best of ${counts(scored.length, 'trial')} with a score: ${shown(last.score)} after ${counts(last.epochs, 'epoch')}. Where the line falls, a trial with more epochs took the place of one with fewer.`,
    label: `Dots of the ${metric} of each trial, with the best so far as a line`,
    ...drawBoth(library)('best-so-far', bestSoFarChart(places, line, { isShare: isShare(metric) })),
    numbers: {
      caption: 'Each trial that became the best',
      head: ['trial', metric, 'epochs', 'scheme'],
      rows: best
        .filter(({ trial, at }) => trial.number === at)
        .map(({ trial }) => [
          { number: `${trial.number}` },
          { number: shown(trial.score) },
          { number: `${trial.epochs}` },
          { node: foreign(h, trial.scheme), long: true },
        ]),
    },
    csv: {
      name: 'best-so-far',
      rows: [
        ['trial', metric, 'best so far'],
        ...best.map(({ trial, at }, i) => [at, places[i]?.[1] ?? null, trial.score]),
      ],
    },
  });
}

/** What so many trials bring. */
export function expectedFigure({ h, library, record }: StudyDrawing): ComponentChild {
  const metric = metricOf(record);
  const scores = record.trials.flatMap(({ score }) => (score === null ? [] : [score]));
  const expected = expectedBest(scores, record.mode).map((score, i): Place => [i + 1, score]);
  const half = expected[Math.ceil(expected.length / 2) - 1] as Place;
  const all = expected.at(-1) as Place;
  const shown = (value: number): string => scoreInWords(metric, value);
  const some = thinned(expected, 12);
  return figure(h, {
    caption: `With half as many trials one would expect ${shown(half[1])}, and with all ${all[0]} ${shown(all[1])}: the best ${metric} of so many draws from the scores that came (Dodge et al. 2019). Two searches are compared at the same number of trials.`,
    label: `Line of the expected best ${metric} by the number of trials`,
    ...drawBoth(library)('expected-best', expectedChart(expected, { isShare: isShare(metric) })),
    numbers: {
      caption: `The expected best ${metric} by the number of trials`,
      head: ['trials', metric],
      rows: some.map(([count, score]) => [{ number: `${count}` }, { number: shown(score) }]),
    },
    csv: { name: 'expected-best', rows: [['trials', metric], ...expected.map(([count, score]) => [count, score])] },
  });
}

/** What trials are compared by that not all of them had all epochs of: their first rung, which all with a score have. */
function firstRung({
  trials,
}: StudyRecord): { readonly trial: TrialRecord; readonly epochs: number; readonly score: number }[] {
  return trials.flatMap((trial) => {
    const [rung] = trial.rungs;
    return rung ? [{ trial, epochs: rung.epochs, score: rung.score }] : [];
  });
}

/** Schemes side by side, after the first rung of each trial. */
export function schemesFigure({ h, library, record }: StudyDrawing): ComponentChild {
  const metric = metricOf(record);
  const at = firstRung(record);
  const sign = record.mode === 'max' ? -1 : 1;
  const names = [...new Set(at.map(({ trial }) => `${trial.params.scheme}`))];
  const schemes = names
    .map((name) => {
      const own = at.filter(({ trial }) => trial.params.scheme === name);
      const values = own.map(({ score }) => score);
      const [best] = ranked({ trials: own.map(({ trial }) => trial), mode: record.mode });
      return {
        name,
        values,
        mean: meanOf(values),
        interval: null,
        best: best ?? null,
        gone: own.filter(({ trial }) => trial.rungs.length > 1).length,
      };
    })
    .sort((a, b) => sign * (a.mean - b.mean));
  // A line each for what a scheme is made of; on a narrow page each option has one.
  const broken = (name: string, narrow: boolean): string =>
    name.replaceAll(narrow ? /[+,]|(?<=\w{15})\(/g : /\+/g, '$&\n');
  const lines = (narrow: boolean): string[] => names.flatMap((name) => broken(name, narrow).split('\n'));
  const most = (narrow: boolean): number => Math.max(...names.map((name) => broken(name, narrow).split('\n').length));
  const height = (narrow: boolean): number => 50 + (16 + 14 * most(narrow)) * schemes.length;
  const share = isShare(metric);
  const shown = (value: number | null | undefined): string => scoreInWords(metric, value ?? undefined);
  const option = (_: object, narrow: boolean): object =>
    scoresChart(
      schemes.map((scheme) => ({ ...scheme, name: broken(scheme.name, narrow) })),
      share,
      6.6 * Math.max(...lines(narrow).map(({ length }) => length)),
    );
  return figure(h, {
    caption: `${counts(names.length, 'scheme')}, the ${metric} of each trial after its first rung (circles) and the mean of a scheme's trials (diamonds), which had other rates each.`,
    label: `Dot plot of the ${metric} of each trial, by scheme`,
    ...drawBoth(library)('schemes', option, { wide: height(false), narrow: height(true) }),
    numbers: {
      caption: `The ${metric} by scheme`,
      head: ['scheme', 'trials', 'mean, first rung', 'went on', 'best', 'its epochs'],
      rows: schemes.map(({ name, values, mean, best, gone }) => [
        { node: foreign(h, name), long: true },
        { number: `${values.length}` },
        { number: shown(mean) },
        { number: `${gone}` },
        { number: shown(best?.score) },
        { number: `${best?.epochs ?? '–'}` },
      ]),
    },
    csv: {
      name: 'schemes',
      rows: [
        ['scheme', 'trial', 'epochs', metric],
        ...at.map(({ trial, epochs, score }) => [`${trial.params.scheme}`, trial.number, epochs, score]),
      ],
    },
  });
}

/** A figure for each number that was searched. */
export function rateFigures({ h, library, record }: StudyDrawing): ComponentChild[] {
  const metric = metricOf(record);
  const shown = (value: number): string => scoreInWords(metric, value);
  return record.dimensions.flatMap(({ name, range }) => {
    const found = firstRung(record).filter(({ trial }) => typeof trial.params[name] === 'number');
    if (range === null || found.length < FEWEST) return [];
    const title = titleOf(record, name);
    const places = found.map(({ trial, score }): Place => [trial.params[name] as number, score]);
    const order = rankCorrelation(places);
    const tells = order === null ? '' : `; rank correlation ${order.toFixed(2)}`;
    return [
      figure(h, {
        caption: `${title}: ${counts(places.length, 'trial')} after the first rung${tells}.`,
        label: `Dots of the ${metric} by ${title}`,
        ...drawBoth(library)(`by-${name}`, scatterChart(title, places, { isShare: isShare(metric), isLog: range.log })),
        numbers: {
          caption: `The ${metric} by ${name}`,
          head: [name, metric, 'trial'],
          rows: thinned(
            [...found].sort((a, b) => Number(a.trial.params[name]) - Number(b.trial.params[name])),
            60,
          ).map(({ trial, score }): Cell[] => [
            { number: `${trial.params[name]}` },
            { number: shown(score) },
            { number: `${trial.number}` },
          ]),
        },
        csv: {
          name: `by-${name}`,
          rows: [
            ['trial', name, metric],
            ...found.map(({ trial, score }) => [trial.number, trial.params[name] as number, score]),
          ],
        },
      }),
    ];
  });
}

/** A name of the space with what it is in schemes: `input={i}`. */
function titleOf({ trials }: StudyRecord, name: string): string {
  const texts = trials.map(({ params }) => `${params.scheme}`);
  const found = texts.flatMap((text) => [...text.matchAll(/(\w+)=\{(\w+)\}/g)].filter(([, , hole]) => hole === name));
  const places = [...new Set(found.map(([whole]) => whole))];
  return places.length === 0 ? name : places.join(', ');
}

/** How far trials went. */
export function rungsFigure({ h, library, record }: StudyDrawing): ComponentChild {
  const metric = metricOf(record);
  const scored = record.trials.filter(({ rungs }) => rungs.length > 0);
  const epochs = [...new Set(scored.flatMap(({ rungs }) => rungs.map((rung) => rung.epochs)))].sort((a, b) => a - b);
  const most = epochs.at(-1) as number;
  const lines = scored.map(({ rungs }) => ({
    places: rungs.map((rung): Place => [rung.epochs, rung.score]),
    isComplete: rungs.at(-1)?.epochs === most,
  }));
  const shown = (value: number | undefined): string => scoreInWords(metric, value);
  const sign = record.mode === 'max' ? -1 : 1;
  const trained = scored.reduce((sum, trial) => sum + trial.epochs, 0);
  const whole = scored.length * record.epochs;
  return figure(h, {
    caption: `${counts(lines.filter(({ isComplete }) => isComplete).length, 'trial')} of ${scored.length} had ${counts(most, 'epoch')}; in all it was ${Math.round((100 * trained) / whole)}% of the epochs that all trials would have had.`,
    label: `Lines of the ${metric} of each trial at its rungs`,
    ...drawBoth(library)('rungs', rungsChart(lines, epochs, { isShare: isShare(metric) })),
    numbers: {
      caption: 'Trials at each rung',
      head: ['epochs', 'trials', 'went on', `best ${metric}`, `median ${metric}`],
      rows: epochs.map((count) => {
        const here = scored.flatMap(({ rungs }) => rungs.find((rung) => rung.epochs === count)?.score ?? []);
        const gone = scored.filter(
          ({ rungs }) => rungs.some((rung) => rung.epochs === count) && (rungs.at(-1)?.epochs ?? 0) > count,
        );
        const order = here.sort((a, b) => sign * (a - b));
        return [
          { number: `${count}` },
          { number: `${here.length}` },
          { number: `${gone.length}` },
          { number: shown(order[0]) },
          { number: shown(order[Math.floor((order.length - 1) / 2)]) },
        ];
      }),
    },
    csv: {
      name: 'rungs',
      rows: [
        ['trial', 'epochs', metric],
        ...scored.flatMap(({ number, rungs }) => rungs.map((rung) => [number, rung.epochs, rung.score])),
      ],
    },
  });
}

/** The best trial against the next ones, seed by seed; null where there is nothing to compare. */
export function pairedFigure({ h, library, record }: StudyDrawing): ComponentChild {
  const [best, ...others] = ranked(record);
  const next = others.filter(({ epochs }) => epochs === best?.epochs).slice(0, COMPARED);
  const found = next.flatMap((trial) => {
    const difference = best ? ahead(record, best, trial) : null;
    return difference ? [{ trial, ...difference, name: `trial ${trial.number}` }] : [];
  });
  if (!best || found.length === 0) return null;
  const metric = metricOf(record);
  const share = isShare(metric);
  const shown = (value: number): string => (share ? points(value) : value.toFixed(4));
  const height = 50 + 34 * found.length;
  const told = found.filter(({ interval }) => interval !== null && interval.from > 0).length;
  return figure(h, {
    caption: `How much trial ${best.number} is ahead of each of the next, on the same seeds and folds: ${told === 0 ? 'of none' : `of ${told} of ${found.length}`} by more than 0 in all of the 95% interval.`,
    label: `Dot plot of the differences to trial ${best.number}, with intervals`,
    ...drawBoth(library)('paired', scoresChart(found, share, 70), { wide: height, narrow: height }),
    numbers: {
      caption: `Differences of the ${metric}, paired by seed and fold`,
      head: ['trial', 'ahead by', '95%', 'pairs', 'scheme'],
      rows: found.map(({ trial, mean, interval, values }) => [
        { number: `${trial.number}` },
        { number: shown(mean) },
        { number: interval ? `${shown(interval.from)} to ${shown(interval.to)}` : '–' },
        { number: `${values.length}` },
        { node: foreign(h, trial.scheme), long: true },
      ]),
    },
    csv: {
      name: 'paired',
      rows: [
        ['trial', 'pair', 'ahead by'],
        ...found.flatMap(({ trial, values }) => values.map((value, i) => [trial.number, i, value])),
      ],
    },
  });
}
