import { expectText, optionsOf, readable } from '../checks.ts';
import { messageOf, OptionError, show } from '../errors.ts';
import { importPackage } from '../platform/packages/import-package.js';
import type { Calibration, CalibrationBin } from './calibration.ts';
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

/** What is used of echarts. */
export interface ChartLibrary {
  /** @throws an error of echarts when its SVGRenderer is not among what it has been told to use */
  init(
    element: null,
    theme: null,
    options: { readonly renderer: 'svg'; readonly ssr: boolean; readonly width: number; readonly height: number },
  ): {
    setOption(option: object): void;
    renderToSVGString(): string;
    dispose(): void;
  };
}

const WIDTH = 640;
const HEIGHT = 550;
/** The plot of accuracy, above that of counts: from the left, from the top, width and height, in pixels. */
const ACCURACY = { left: 70, top: 76, width: 540, height: 270 };
const COUNTS = { left: 70, top: 398, width: 540, height: 100 };

// A panel of its own colour, so that a page around it may be light or dark.
const PANEL = '#ffffff';
const TEXT = '#1f2937';
const LINES = '#d1d5db';
const BARS = '#2f6db5';
const COUNT_BARS = '#8fb1d9';
const DIAGONAL = '#b4530b';

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
  const chart = newChart(echarts === undefined ? await installedCharts() : echarts);
  try {
    chart.setOption(description(calibration, title));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
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

type Charts = typeof import('echarts/core') &
  typeof import('echarts/charts') &
  typeof import('echarts/components') &
  typeof import('echarts/renderers');

/**
 * To ask before the work whose result is to be plotted.
 * @throws OptionError when echarts is not installed
 */
export async function expectPlotting(): Promise<void> {
  await installedCharts();
}

/**
 * The parts of the library that are drawn with: it is large, so that those who plot install it themselves. Imported by
 * names that no bundler follows, since most complain of a package that is not there, or stop.
 * @throws OptionError when it is not found
 */
async function installedCharts(): Promise<ChartLibrary> {
  try {
    const parts = ['core', 'charts', 'components', 'renderers'];
    const charts: Charts = Object.assign(
      {},
      ...(await Promise.all(parts.map((part) => importPackage(`echarts/${part}`)))),
    );
    const { BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer } = charts;
    charts.use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);
    return charts;
  } catch {
    throw new OptionError(
      "reliabilityPlot: the package echarts 6 was expected, which draws the plot, but it is not installed; npm install echarts, and in a page or a bundle hand it in: import * as echarts from 'echarts'; reliabilityPlot(found, { echarts })",
    );
  }
}

/** @throws OptionError unless the library draws SVG */
function newChart(library: ChartLibrary): ReturnType<ChartLibrary['init']> {
  try {
    return library.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  } catch (error) {
    throw new OptionError(
      `reliabilityPlot: all of echarts 6 was expected as echarts, but it cannot draw (${messageOf(error)}); import * as echarts from 'echarts'`,
    );
  }
}

const LABEL = { color: TEXT, fontSize: 12 };
const GREY = { lineStyle: { color: LINES } };
const AXIS = {
  type: 'value',
  silent: true,
  axisLabel: LABEL,
  axisLine: { show: true, ...GREY },
  splitLine: GREY,
  nameTextStyle: LABEL,
};
const SHARES = { ...AXIS, min: 0, max: 1, interval: 0.2, containShape: false };
// An image: nothing in it answers to a pointer.
const STILL = { silent: true, cursor: 'default', emphasis: { disabled: true } };

function description(calibration: Calibration, title?: string): Record<string, unknown> {
  const named = (name: string, nameGap: number): object => ({ name, nameLocation: 'middle', nameGap });
  return {
    animation: false,
    backgroundColor: PANEL,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    title: heading(calibration, title),
    legend: {
      selectedMode: false,
      right: 30,
      top: 34,
      textStyle: LABEL,
      itemHeight: 10,
      itemGap: 18,
      data: [
        { name: 'accuracy', icon: 'rect' },
        { name: 'calibrated', icon: 'path://M0,4H20V6H0Z' },
      ],
    },
    grid: [ACCURACY, COUNTS],
    xAxis: [
      { ...SHARES, gridIndex: 0, ...named('confidence', 26) },
      { ...SHARES, gridIndex: 1, ...named('confidence', 26) },
    ],
    yAxis: [
      { ...SHARES, gridIndex: 0, ...named('accuracy', 42) },
      { ...AXIS, gridIndex: 1, ...named('predictions', 42), minInterval: 1, splitNumber: 3, boundaryGap: [0, '15%'] },
    ],
    series: series(calibration.bins),
  };
}

function heading({ bins, count, accuracy, expectedCalibrationError }: Calibration, title?: string): object {
  return {
    silent: true,
    text: [`Expected calibration error ${expectedCalibrationError.toFixed(4)}`, title ?? []].flat().join(': '),
    subtext: `n = ${count}, accuracy ${percent(accuracy)}, ${bins.length} bins`,
    left: ACCURACY.left - 5,
    top: 8,
    textStyle: { color: TEXT, fontSize: 16, width: 430, overflow: 'truncate' },
    subtextStyle: LABEL,
  };
}

/** The bars of the accuracy, the diagonal across them, and the bars of the counts. */
function series(bins: readonly CalibrationBin[]): object[] {
  const middle = ({ from, to }: CalibrationBin): number => (from + to) / 2;
  // A bar is as wide as its bin, but for a gap to the next.
  const barWidth = Math.max(1, Math.floor(ACCURACY.width / bins.length) - 3);
  const filled = bins.filter((bin) => bin.count > 0);
  return [
    {
      name: 'accuracy',
      ...STILL,
      type: 'bar',
      data: filled.map((bin) => [middle(bin), bin.accuracy]),
      barWidth,
      itemStyle: { color: BARS },
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
      lineStyle: { color: DIAGONAL, type: 'dashed', width: 2 },
      itemStyle: { color: DIAGONAL },
    },
    {
      ...STILL,
      type: 'bar',
      xAxisIndex: 1,
      yAxisIndex: 1,
      data: filled.map((bin) => [middle(bin), bin.count]),
      barWidth,
      itemStyle: { color: COUNT_BARS },
      labelLayout: { hideOverlap: true },
      label: { show: true, position: 'top', color: TEXT, fontSize: 10, formatter: ({ value }: Bar) => `${value[1]}` },
    },
  ];
}

/** What a label is made from. */
interface Bar {
  readonly value: readonly number[];
}
