import { messageOf, OptionError } from '../../errors.ts';
import { importPackage } from '../../platform/packages/import-package.js';

/** What is used of echarts. */
export interface ChartLibrary {
  /** @throws an error of echarts when its SVGRenderer is not among what it has been told to use */
  init(
    element: null,
    theme: null,
    options: { readonly renderer: 'svg'; readonly ssr: boolean; readonly width: number; readonly height: number },
  ): {
    /** What is drawn, as echarts' options. */
    setOption(option: object): void;
    /** The drawing, as an element of a page. */
    renderToSVGString(): string;
    /** Frees what it holds. */
    dispose(): void;
  };
}

type Charts = typeof import('echarts/core') &
  typeof import('echarts/charts') &
  typeof import('echarts/components') &
  typeof import('echarts/renderers');

/**
 * The library where it is installed: it is large, so that those who plot install it themselves. It is imported by names that
 * no bundler follows, since most complain of a package that is not there, or stop. To be asked before the work whose result is
 * to be plotted.
 * @throws OptionError when it is not found
 */
export async function installedCharts(who: string): Promise<ChartLibrary> {
  try {
    const parts = ['core', 'charts', 'components', 'renderers'];
    const charts: Charts = Object.assign(
      {},
      ...(await Promise.all(parts.map((part) => importPackage(`echarts/${part}`)))),
    );
    const { BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer } = charts;
    const { MarkLineComponent } = charts;
    charts.use([BarChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent]);
    charts.use([SVGRenderer]);
    return charts;
  } catch {
    throw new OptionError(
      `${who}: the package echarts 6 was expected, which draws the plots, but it is not installed; npm install echarts, and in a page or a bundle hand it in: import * as echarts from 'echarts'; pass { echarts }`,
    );
  }
}

/** In pixels, at the size at which the texts in a chart are meant to be read. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/**
 * A chart as the text of an SVG.
 * @throws OptionError unless the library draws SVG
 */
export function drawChart(who: string, library: ChartLibrary, { width, height }: ChartSize, option: object): string {
  try {
    const chart = library.init(null, null, { renderer: 'svg', ssr: true, width, height });
    try {
      chart.setOption(option);
      return chart.renderToSVGString();
    } finally {
      chart.dispose();
    }
  } catch (error) {
    throw new OptionError(
      `${who}: all of echarts 6 was expected as echarts, but it cannot draw (${messageOf(error)}); import * as echarts from 'echarts'`,
    );
  }
}

/** An image: nothing in it answers to a pointer. */
export const STILL = { silent: true, cursor: 'default', emphasis: { disabled: true } } as const;
