import { STILL } from './chart-library.ts';
import { axis, baseOption, HELD_OUT, LINES, legend, TEXT, TRAINING } from './chart-style.ts';

/** A score of a trial at a place: its number, its rate or its epochs. */
export type Place = readonly [at: number, score: number];

/** What an axis of scores says. */
interface ScoreAxis {
  readonly isShare: boolean;
}

/** Each trial's score as a dot, and the best so far as a line with steps. */
export function bestSoFarChart(scores: readonly Place[], best: readonly Place[], options: ScoreAxis): object {
  return {
    ...baseOption(),
    legend: legend(['best so far', 'a trial'], { itemStyle: { opacity: 1 } }),
    grid: { left: 54, right: 24, top: 40, bottom: 44 },
    xAxis: numberAxis('trial', { minInterval: 1 }),
    yAxis: scoreAxis(options),
    series: [
      {
        ...STILL,
        name: 'best so far',
        type: 'line',
        step: 'end',
        symbol: 'none',
        data: best.map((place) => [...place]),
        lineStyle: { color: TRAINING, width: 2.5 },
        itemStyle: { color: TRAINING },
      },
      dots('a trial', scores, HELD_OUT),
    ],
  };
}

/** The expected best score of n trials. */
export function expectedChart(expected: readonly Place[], options: ScoreAxis): object {
  return {
    ...baseOption(),
    grid: { left: 54, right: 24, top: 16, bottom: 44 },
    xAxis: numberAxis('trials', { minInterval: 1, min: 1 }),
    yAxis: scoreAxis(options),
    series: [
      {
        ...STILL,
        type: 'line',
        symbol: expected.length > 1 ? 'none' : 'circle',
        data: expected.map((place) => [...place]),
        lineStyle: { color: TRAINING, width: 2.5 },
        itemStyle: { color: TRAINING },
      },
    ],
  };
}

/** Scores of trials by one of their numbers. */
export function scatterChart(
  name: string,
  places: readonly Place[],
  { isLog, ...options }: ScoreAxis & { readonly isLog: boolean },
): object {
  const scaled = isLog ? places.map(([at, score]): Place => [Math.log10(at), score]) : places;
  return {
    ...baseOption(),
    grid: { left: 54, right: 24, top: 16, bottom: 44 },
    xAxis: isLog ? logAxis(name, scaled) : numberAxis(name, {}),
    yAxis: scoreAxis(options),
    series: [dots(name, scaled, TRAINING)],
  };
}

/** A trial's scores over its epochs. */
export interface TrialLine {
  readonly places: readonly Place[];
  /** Whether it had all epochs. */
  readonly isComplete: boolean;
}

/** How far trials went: those with all epochs strong, those that were halted thin, with a dot where they were. */
export function rungsChart(trials: readonly TrialLine[], rungs: readonly number[], options: ScoreAxis): object {
  const line = (name: string, { places, isComplete }: TrialLine): object => ({
    ...STILL,
    name,
    type: 'line',
    data: places.map((place) => [...place]),
    symbol: 'circle',
    symbolSize: isComplete ? 6 : 4,
    lineStyle: { color: isComplete ? TRAINING : TEXT, width: isComplete ? 2 : 1, opacity: isComplete ? 1 : 0.55 },
    itemStyle: { color: isComplete ? TRAINING : TEXT },
  });
  // What is strong is drawn over what is thin.
  const order = [...trials].sort((a, b) => Number(a.isComplete) - Number(b.isComplete));
  return {
    ...baseOption(),
    legend: legend([...new Set(trials.map(nameOf))], { itemStyle: { opacity: 1 } }),
    grid: { left: 54, right: 24, top: 40, bottom: 44 },
    xAxis: numberAxis('epochs', {
      min: 0,
      max: Math.max(...rungs),
      axisTick: { lineStyle: { color: LINES }, customValues: [...rungs] },
      axisLabel: { color: TEXT, fontSize: 12, customValues: [...rungs] },
    }),
    yAxis: scoreAxis(options),
    series: order.map((trial) => line(nameOf(trial), trial)),
  };
}

function nameOf({ isComplete }: TrialLine): string {
  return isComplete ? 'had all epochs' : 'halted';
}

function dots(name: string, places: readonly Place[], color: string): object {
  return {
    ...STILL,
    name,
    type: 'scatter',
    symbol: 'circle',
    symbolSize: 7,
    data: places.map((place) => [...place]),
    itemStyle: { color: 'transparent', borderColor: color, borderWidth: 1.5 },
  };
}

function numberAxis(name: string, more: object): object {
  return axis({
    type: 'value',
    scale: true,
    name,
    nameLocation: 'middle',
    nameGap: 28,
    splitLine: { show: false },
    splitNumber: 6,
    axisLabel: {
      color: TEXT,
      fontSize: 12,
      hideOverlap: true,
      formatter: (value: number) => `${Number(value.toPrecision(4))}`,
    },
    ...more,
  });
}

/** The library labels powers of ten alone, of which a rate has one or two: so these are logarithms, and labels say 1, 2 and 5 of each power. */
function logAxis(name: string, places: readonly Place[]): object {
  const [low, high] = [Math.min(...places.map(([at]) => at)), Math.max(...places.map(([at]) => at))];
  const powers = Array.from({ length: 2 + high - low }, (_, i) => Math.floor(low) + i);
  const labels = powers.flatMap((power) => [1, 2, 5].map((digit) => Math.log10(digit) + power));
  const shown = labels.filter((at) => at >= low && at <= high);
  return numberAxis(name, {
    min: low,
    max: high,
    axisTick: { lineStyle: { color: LINES }, customValues: shown },
    axisLabel: {
      color: TEXT,
      fontSize: 12,
      hideOverlap: true,
      customValues: shown,
      formatter: (value: number) => `${Number((10 ** value).toPrecision(1))}`,
    },
  });
}

function scoreAxis({ isShare }: ScoreAxis): object {
  return axis({
    type: 'value',
    scale: true,
    splitNumber: 4,
    axisLine: { show: false, lineStyle: { color: LINES } },
    axisLabel: {
      color: TEXT,
      fontSize: 12,
      formatter: (value: number) => (isShare ? `${Math.round(1000 * value) / 10}%` : `${Number(value.toPrecision(4))}`),
    },
  });
}
