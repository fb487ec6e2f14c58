import { expectText, optionsOf, readable } from '../checks.ts';
import { OptionError, show } from '../errors.ts';
import type { Calibration, CalibrationBin } from './calibration.ts';
import { type ChartLibrary, drawChart, installedCharts, STILL } from './charts/chart-library.ts';
import { percent } from './table.ts';

/** What `reliabilityPlot` can be told. */
export interface ReliabilityPlotOptions {
  /** What the predictions are of; stands behind the error in the title. */
  readonly title?: string;
  /**
   * The package echarts 6, for pages and bundles: `import * as echarts from 'echarts'`. In Node it is found where it is
   * installed, and need not be given.
   */
  readonly echarts?: ChartLibrary;
}

/** From the left, from the top, width and height, in pixels. */
interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where things are, and which colours they have. */
export interface ReliabilityLook {
  /** The plot of accuracy, above that of counts. */
  readonly accuracy: Place;
  readonly counts: Place;
  readonly legend: { readonly right: number; readonly top: number };
  readonly panel: string;
  readonly text: string;
  readonly lines: string;
  readonly bars: string;
  readonly countBars: string;
  readonly diagonal: string;
}

const SIZE = { width: 640, height: 550 };

const ALONE: ReliabilityLook = {
  accuracy: { left: 70, top: 76, width: 540, height: 270 },
  counts: { left: 70, top: 398, width: 540, height: 100 },
  legend: { right: 30, top: 34 },
  // A panel of its own colour, so that a page around it may be light or dark.
  panel: '#ffffff',
  text: '#1f2937',
  lines: '#d1d5db',
  bars: '#2f6db5',
  countBars: '#8fb1d9',
  diagonal: '#b4530b',
};

/**
 * A reliability diagram (Guo et al. 2017, arXiv:1706.04599) as the text of an SVG file: the accuracy of each bin against
 * its confidence, with the diagonal that a calibrated model is on; below it, how many predictions each bin has.
 * @throws OptionError when it is no calibration, or the package echarts, an optional one, is neither installed nor given
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { calibration, reliabilityPlot } from 'keepgate';
 *
 * const found = calibration([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]], [0, 1, 1], { bins: 10 });
 * const svg = await reliabilityPlot(found, { title: 'three reviews' });
 * await writeFile('reliability.svg', svg);
 * console.log(svg.slice(0, 4)); // prints: <svg
 * ```
 */
export async function reliabilityPlot(calibration: Calibration, options: ReliabilityPlotOptions = {}): Promise<string> {
  const { title, echarts } = optionsOf('reliabilityPlot', options, { title: true, echarts: true });
  if (title !== undefined) expectText('reliabilityPlot', 'title', title);
  if (!readable('reliabilityPlot', () => isCalibration(calibration))) {
    throw new OptionError(
      `reliabilityPlot: what calibration() returns was expected, but ${show(calibration)} came; pass one`,
    );
  }
  const library = echarts === undefined ? await installedCharts('reliabilityPlot') : echarts;
  const option = { ...reliabilityOption(calibration, ALONE), title: heading(calibration, title) };
  return drawChart('reliabilityPlot', library, SIZE, option);
}

function isCalibration(value: unknown): value is Calibration {
  const { bins, count, accuracy, expectedCalibrationError } = Object(value) as Calibration;
  const areNumbers = (...values: readonly unknown[]): boolean => values.every((one) => typeof one === 'number');
  const isBin = (bin: unknown): boolean => {
    const { from, to, count: members, accuracy: share } = Object(bin) as CalibrationBin;
    return areNumbers(from, to, members) && (share === null || typeof share === 'number');
  };
  return areNumbers(count, accuracy, expectedCalibrationError) && Array.isArray(bins) && Array.from(bins).every(isBin);
}

/** What echarts draws of a calibration, without a heading. */
export function reliabilityOption({ bins }: Pick<Calibration, 'bins'>, look: ReliabilityLook): Record<string, unknown> {
  const label = { color: look.text, fontSize: 12 };
  const grey = { lineStyle: { color: look.lines } };
  const axis = {
    type: 'value',
    silent: true,
    axisLabel: label,
    axisLine: { show: true, ...grey },
    splitLine: grey,
    nameTextStyle: label,
  };
  const shares = { ...axis, min: 0, max: 1, interval: 0.2, containShape: false };
  const named = (name: string, nameGap: number): object => ({ name, nameLocation: 'middle', nameGap });
  return {
    animation: false,
    backgroundColor: look.panel,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    legend: {
      selectedMode: false,
      ...look.legend,
      textStyle: label,
      itemHeight: 10,
      itemGap: 18,
      data: [
        { name: 'accuracy', icon: 'rect' },
        { name: 'calibrated', icon: 'path://M0,4H20V6H0Z' },
      ],
    },
    grid: [look.accuracy, look.counts],
    xAxis: [
      { ...shares, gridIndex: 0, ...named('confidence', 26) },
      { ...shares, gridIndex: 1, ...named('confidence', 26) },
    ],
    yAxis: [
      { ...shares, gridIndex: 0, ...named('accuracy', 42) },
      { ...axis, gridIndex: 1, ...named('predictions', 42), minInterval: 1, splitNumber: 3, boundaryGap: [0, '15%'] },
    ],
    series: series(bins, look),
  };
}

function heading({ bins, count, accuracy, expectedCalibrationError }: Calibration, title?: string): object {
  return {
    silent: true,
    text: [`Expected calibration error ${expectedCalibrationError.toFixed(4)}`, title ?? []].flat().join(': '),
    subtext: `n = ${count}, accuracy ${percent(accuracy)}, ${bins.length} bins`,
    left: ALONE.accuracy.left - 5,
    top: 8,
    textStyle: { color: ALONE.text, fontSize: 16, width: 430, overflow: 'truncate' },
    subtextStyle: { color: ALONE.text, fontSize: 12 },
  };
}

/** The bars of the accuracy, the diagonal across them, and the bars of the counts. */
function series(bins: readonly CalibrationBin[], look: ReliabilityLook): object[] {
  const middle = ({ from, to }: CalibrationBin): number => (from + to) / 2;
  // A bar is as wide as its bin, but for a gap to the next.
  const barWidth = Math.max(1, Math.floor(look.accuracy.width / bins.length) - 3);
  const filled = bins.filter((bin) => bin.count > 0);
  return [
    {
      name: 'accuracy',
      ...STILL,
      type: 'bar',
      data: filled.map((bin) => [middle(bin), bin.accuracy]),
      barWidth,
      itemStyle: { color: look.bars },
    },
    {
      name: 'calibrated',
      ...STILL,
      type: 'line',
      data: [
        [0, 0],
        [1, 1],
      ],
      symbol: 'none',
      lineStyle: { color: look.diagonal, type: 'dashed', width: 2 },
      itemStyle: { color: look.diagonal },
    },
    {
      ...STILL,
      type: 'bar',
      xAxisIndex: 1,
      yAxisIndex: 1,
      data: filled.map((bin) => [middle(bin), bin.count]),
      barWidth,
      itemStyle: { color: look.countBars },
      labelLayout: { hideOverlap: true },
      label: {
        show: true,
        position: 'top',
        color: look.text,
        fontSize: 10,
        formatter: ({ value }: Bar) => `${value[1]}`,
      },
    },
  ];
}

/** What a label is made from. */
interface Bar {
  readonly value: readonly number[];
}
