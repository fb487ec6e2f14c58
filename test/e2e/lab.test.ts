import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { key, parseScheme, sample, type Site } from 'keepgate';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HEADERS } from '../../src/cli/actions/lab/lab-headers.ts';
import { maskGrid } from '../../src/lab/views/masks/mask-grid.ts';
import { type LoopbackServer, serveOnLoopback } from '../../src/platform/process/loopback-server.ts';
import { bundle, CHROMIUM, IN_CHROMIUM, NO_CHROMIUM } from '../helpers/chromium.ts';
import { ROOT } from '../helpers/run-script.ts';

// The lab as its readers have it: from keepgate lab's own server, wide and narrow, light, dark and with forced colours.

const FRAGMENTS = {
  masks: '',
  keys: '#view=keys&scheme=zoneout(hidden=0.1,cell=0.5,scope=step)',
  'a broken link': '#T=-1&scheme=nothing(&what=ever',
};
const LOOKS = [
  { colorScheme: 'light', forcedColors: 'none' },
  { colorScheme: 'dark', forcedColors: 'none' },
  { colorScheme: 'light', forcedColors: 'active' },
] as const;

let folder: string;
let server: LoopbackServer;
let browser: Browser;
let context: BrowserContext | undefined;

beforeAll(async () => {
  if (NO_CHROMIUM) return;
  folder = await mkdtemp(join(tmpdir(), 'keepgate-lab-'));
  await bundle({ configFile: `${ROOT}scripts/vite-lab.mjs`, build: { outDir: folder, emptyOutDir: true } });
  server = await serveOnLoopback(folder, 0, HEADERS);
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}, 120_000);

afterEach(() => context?.close());

afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The page in a window of its own; `said` and `asked` are what it printed, and where it asked. */
async function open(
  fragment: string,
  look: {
    readonly width?: number;
    readonly colorScheme?: 'light' | 'dark';
    readonly forcedColors?: 'none' | 'active';
  } = {},
): Promise<{ page: Page; said: string[]; asked: string[] }> {
  const { width = 1280, ...media } = look;
  // axe is brought in from outside, past the page's policy.
  context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: true, ...media });
  const page = await context.newPage();
  const said: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`http://127.0.0.1:${server.port}/${fragment}`);
  await page.locator('main h2, main p').first().waitFor();
  return { page, said, asked };
}

const reading = (page: Page, figure: number): Promise<string | null> =>
  page.locator('.reading').nth(figure).textContent();

describe.skipIf(NO_CHROMIUM)(IN_CHROMIUM, () => {
  const cases = Object.keys(FRAGMENTS).flatMap((name) =>
    ([1280, 400, 320] as const).flatMap((width) => LOOKS.map((look) => ({ name, width, ...look }))),
  );

  test.each(cases)(
    '$name, $width pixels, $colorScheme, forced colours $forcedColors: nothing to complain of',
    async ({ name, ...look }) => {
      const { page, said, asked } = await open(FRAGMENTS[name as keyof typeof FRAGMENTS], look);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.width);
      expect(await page.evaluate('crossOriginIsolated')).toBe(true);
      await page.addScriptTag({ content: axe.source });
      const { violations } = (await page.evaluate('axe.run()')) as {
        violations: { id: string; nodes: { html: string }[] }[];
      };
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(said).toEqual([]);
      const origin = `http://127.0.0.1:${server.port}/`;
      expect(asked.filter((url) => !url.startsWith(origin) && !/^(data|blob):/.test(url))).toEqual([]);
    },
  );

  test('the masks of the page are those of Node, entry by entry, by the keyboard alone', async () => {
    const { page } = await open('#key=7&H=3&I=2&T=4&scheme=variational(input=0.5,recurrent=0.5)&scope=step');
    const plan = sample(
      parseScheme('variational(input=0.5,recurrent=0.5)').map((rule) => ({ ...rule, scope: 'step' as const })),
      key(7),
      {
        batch: 4,
        time: 4,
        inputSize: 2,
        hiddenSize: 3,
        gates: 4,
      },
    );
    for (const [figure, [site, units]] of (
      [
        ['input', 2],
        ['recurrent', 3],
      ] as [Site, number][]
    ).entries()) {
      const grid = maskGrid(plan.masks[site] as NonNullable<(typeof plan.masks)[Site]>, { time: 4, units }, 0, 0);
      await page.locator('canvas').nth(figure).focus();
      for (let row = 0; row < units; row++) {
        await page.keyboard.press('Home');
        for (let column = 0; column < 4; column++) {
          expect(await reading(page, figure)).toBe(grid.words(row, column));
          await page.keyboard.press('ArrowRight');
        }
        await page.keyboard.press('ArrowDown');
      }
    }
  });

  test('a flip keeps the key, and goes into the address; back undoes it', async () => {
    const { page } = await open('#key=5');
    await page.getByRole('radio', { name: 'new at each step' }).check();
    await expect.poll(() => page.evaluate('location.hash')).toBe('#v=1&key=5&scope=step');
    await expect.poll(() => page.locator('figcaption').first().textContent()).toContain('new at each step');
    await page.goBack();
    await expect.poll(() => page.locator('figcaption').first().textContent()).toContain('one for all steps');
  });

  test('a plan that was saved is loaded again, and gives the same outputs to the bit', async () => {
    const { page } = await open('#view=keys&H=4&T=5');
    await expect.poll(() => page.locator('.finding').textContent()).toContain('others with the masks of key 2');
    const saved = page.waitForEvent('download');
    await page.getByText('Save the plan of key 1').click();
    const path = await (await saved).path();
    const { input } = JSON.parse(await readFile(path, 'utf8'));
    const sizes = { batch: 4, time: 5, inputSize: 12, hiddenSize: 4, gates: 4 };
    const plan = sample(parseScheme('variational(input=0.25,recurrent=0.25)'), key(1), sizes);
    expect(input.mask).toEqual(plan.masks.input?.toArray());
    await page.locator('input[type=file]').setInputFiles(path);
    await expect.poll(() => page.locator('.finding').textContent()).toContain('the same 80 outputs, to the bit');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'no.json', mimeType: 'text/plain', buffer: Buffer.from('{') });
    await expect.poll(() => page.locator('main > .problem').textContent()).toContain('no.json: ');
  });

  test('a scheme that is none is said in one line beside it', async () => {
    const { page, said } = await open('');
    await page.locator('textarea').fill('variational(input=2)');
    await expect
      .poll(() => page.locator('#scheme-says').textContent())
      .toContain('a dropout rate in [0, 1) was expected');
    await page.locator('textarea').fill('none');
    await expect.poll(() => page.locator('main').textContent()).toContain('Nothing is dropped');
    expect(said).toEqual([]);
  });
});
