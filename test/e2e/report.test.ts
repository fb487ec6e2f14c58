import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { readReport, report, variational, zoneout } from 'keepgate';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleModule, CHROMIUM, IN_CHROMIUM, NO_CHROMIUM, openPage } from '../helpers/chromium.ts';
import { ROOT } from '../helpers/run-script.ts';
import { fullOptions, historyOf, threeByThree } from '../helpers/reports.ts';
import { studyPage } from '../helpers/studies.ts';

// A report as people open it: from the disk, wide and narrow, light and dark.

const SCHEME = [...variational({ input: 0.25, recurrent: 0.5 }), ...zoneout({ hidden: 0.1, scope: 'step' })];
const PAGES = {
  'one run': () => report(historyOf(12), fullOptions(SCHEME)),
  'a history alone': () => report(historyOf(1)),
  'three schemes, three seeds': () => report(threeByThree(), fullOptions(SCHEME)),
  'a search': () => studyPage(),
  'a search of one trial': () => studyPage({ trials: 1, seeds: 1, epochs: 1 }),
};

let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-report-'));
  if (!NO_CHROMIUM) browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const CASES = Object.keys(PAGES).flatMap((name) =>
  ([1280, 400] as const).flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => [name, width, colorScheme] as const),
  ),
);

describe.skipIf(NO_CHROMIUM)(IN_CHROMIUM, () => {
  test.each(CASES)(
    '%s, %i pixels, %s: nothing to complain of',
    { timeout: 60_000 },
    async (name, width, colorScheme) => {
      const file = join(folder, `${name} ${width} ${colorScheme}.html`);
      await writeFile(file, await PAGES[name as keyof typeof PAGES]());
      // The page itself runs no script; axe is brought in from outside, past its policy.
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
      try {
        const page = await context.newPage();
        const said: string[] = [];
        const requests: string[] = [];
        page.on('console', (message) => said.push(message.text()));
        page.on('pageerror', (error) => said.push(error.message));
        page.on('request', (request) => requests.push(request.url()));
        await page.goto(pathToFileURL(file).href);
        expect(said).toEqual([]);
        expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
        // Nothing is wider than the page, and of each chart one drawing is seen.
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        const seen = await page.evaluate(
          "[...document.querySelectorAll('.chart')].map((chart) => [...chart.children].filter((one) => one.offsetHeight > 0).length)",
        );
        expect(new Set(seen as number[])).toEqual(new Set([1]));
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        await page.addScriptTag({ content: axe.source });
        const { violations } = (await page.evaluate('axe.run()')) as {
          violations: { id: string; nodes: { html: string }[] }[];
        };
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
        if (process.env.KEEPGATE_PICTURES) {
          await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = false");
          await page.screenshot({
            path: join(process.env.KEEPGATE_PICTURES, `${name} ${width} ${colorScheme}.png`),
            fullPage: true,
          });
        }
      } finally {
        await context.close();
      }
    },
  );

  test('with its policy in force, masks are shown and the JSON is the one that was written', async () => {
    const file = join(folder, 'policy.html');
    await writeFile(file, await report(historyOf(3), fullOptions(SCHEME)));
    const page = await browser.newPage();
    try {
      await page.goto(pathToFileURL(file).href);
      const images = await page.evaluate(
        '[...document.images].map(({ naturalWidth, complete }) => complete && naturalWidth)',
      );
      expect(new Set(images as number[])).toEqual(new Set([24]));
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('a[download$=".json"]')]);
      const saved = JSON.parse(await readFile(await download.path(), 'utf8'));
      expect(saved.title).toBe('Reviews & <ratings>');
    } finally {
      await page.close();
    }
  });

  test('a page makes one of a training of its own, and its bar prints lines', { timeout: 120_000 }, async () => {
    const said = await bundleModule(join(ROOT, 'test/e2e/report-page.ts'), join(folder, 'bundled'));
    // All of echarts is large.
    expect(said.filter((warning) => !/chunks are larger/.test(warning))).toEqual([]);
    const { page, complaints, close } = await openPage(join(folder, 'bundled'));
    try {
      const made = (await page.evaluate('globalThis.result')) as { page: string; lines: readonly string[] };
      const { title, runs, model } = readReport(made.page);
      expect([title, runs[0]?.epochs.length, model?.[0]?.name]).toEqual(['In a page', 2, 'lstm']);
      expect(made.page).toContain('<svg');
      expect(made.lines).toEqual([1, 2].map((epoch) => expect.stringMatching(new RegExp(`^epoch ${epoch}/2: loss `))));
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});
