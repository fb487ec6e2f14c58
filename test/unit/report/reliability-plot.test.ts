import * as echarts from 'echarts';
import { type Calibration, calibration, OptionError, reliabilityPlot } from 'keepgate';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, IN_CHROMIUM, NO_CHROMIUM } from '../../helpers/chromium.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

/** Confidences in three of ten bins, of which 1 of 3, 1 of 1 and 0 of 1 are right. */
const found: Calibration = calibration(
  [
    [0.92, 0.08],
    [0.95, 0.05],
    [0.04, 0.96],
    [0.3, 0.7],
    [0.58, 0.42],
  ],
  [0, 1, 0, 1, 1],
  { bins: 10 },
);

/** The bars of a series of the plot: where their bins begin, and their heights, as shares of the axes. */
function bars(svg: string, series: number, [bottom, height]: readonly [number, number]): [number, number][] {
  const path = new RegExp(
    `<path d="M([\\d.]+) ${bottom}l51 0l0 (-?[\\d.]+)[^>]* ecmeta_series_index="${series}"[^>]* ecmeta_ssr_type="chart"`,
    'g',
  );
  return [...svg.matchAll(path)].map(([, left, up]) => [
    Math.round((Number(left) - 71.5) / 54) / 10,
    Math.abs(Number(up)) / height,
  ]);
}

describe('reliabilityPlot', () => {
  test('is an SVG with the error in its title, named axes and a panel that nothing shows through', async () => {
    const svg = await reliabilityPlot(found);
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).toMatch(/<\/svg>$/);
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    expect(texts).toContain(`Expected calibration error ${found.expectedCalibrationError.toFixed(4)}`);
    expect(texts).toContain('n = 5, accuracy 40.0%, 10 bins');
    expect(texts).toEqual(expect.arrayContaining(['confidence', 'accuracy', 'predictions', 'calibrated']));
    expect(svg).toContain('<rect width="640" height="550" x="0" y="0" fill="#ffffff">');
  });

  test('has a bar for each bin with predictions, as high as its accuracy, over one as high as their number', async () => {
    const svg = await reliabilityPlot(found);
    const filled = found.bins.filter(({ count }) => count > 0);
    expect(filled.map(({ count }) => count)).toEqual([1, 1, 3]);
    const above = bars(svg, 0, [346, 270]);
    expect(above.map(([from]) => from)).toEqual([0.5, 0.6, 0.9]);
    for (const [i, [, height]] of above.entries()) expect(height).toBeCloseTo(filled[i]?.accuracy as number, 2);
    const below = bars(svg, 2, [498, 100]);
    expect(below.map(([from]) => from)).toEqual([0.5, 0.6, 0.9]);
    expect((below[2]?.[1] as number) / (below[0]?.[1] as number)).toBeCloseTo(3, 1);
  });

  test('a title stands behind the error, whatever signs it has', async () => {
    expect(await reliabilityPlot(found, { title: 'a < b & "c"' })).toContain(': a &lt; b &amp; &quot;c&quot;</text>');
  });

  test('refuses what is no calibration', async () => {
    for (const value of [{}, null]) {
      const act = (): unknown => reliabilityPlot(value as Calibration);
      await expectRefusal(act, OptionError, 'reliabilityPlot: what calibration() returns', `${value && '{}'} came`);
    }
  });

  test('refuses other options', async () => {
    await expect(reliabilityPlot(found, { name: 'a' } as object)).rejects.toThrow(OptionError);
  });

  test('draws with the echarts that is handed in, as with the one that is installed', async () => {
    // Each plot numbers its parts anew.
    const [given, installed] = [await reliabilityPlot(found, { echarts }), await reliabilityPlot(found)];
    const unnumbered = (svg: string): string => svg.replaceAll(/zr[-\w]*\d+/g, 'zr');
    expect(unnumbered(given)).toBe(unnumbered(installed));
  });

  test.each([null, 5, {}, { init: 5 }, echarts.init])('refuses an echarts that cannot draw: %o', async (wrong) => {
    await expect(reliabilityPlot(found, { echarts: wrong as never })).rejects.toThrow(OptionError);
  });
});

describe.skipIf(NO_CHROMIUM)(IN_CHROMIUM, () => {
  let browser: Awaited<ReturnType<typeof chromium.launch>>;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-quic'] });
  });
  afterAll(() => browser.close());

  test.each(['light', 'dark'] as const)(
    'the plot opens in a %s page, and all its texts lie inside of it',
    async (colorScheme) => {
      const page = await browser.newPage({ colorScheme });
      const title = 'mean of 1000 passes over the sentence polarity data, and more than there is room for';
      await page.setContent(`<body>${await reliabilityPlot(found, { title })}</body>`);
      const outside = await page.evaluate(`(() => {
      const panel = document.querySelector('svg').getBoundingClientRect();
      return [...document.querySelectorAll('text')]
        .map((text) => [text.textContent, text.getBoundingClientRect()])
        .filter(([, box]) => box.width === 0 || box.left < panel.left || box.right > panel.right || box.top < panel.top || box.bottom > panel.bottom)
        .map(([text]) => text);
    })()`);
      expect(outside).toEqual([]);
      await page.close();
    },
  );
});
