import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleModule, IN_CHROMIUM, NO_CHROMIUM, type OpenPage, openPage, WEBGPU_FLAGS } from '../helpers/chromium.ts';
import './gpu-page.ts';

const MODES = ['webgl2', 'webgpu'] as const;

describe.skipIf(NO_CHROMIUM)(IN_CHROMIUM, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keepgate-page-'));
    await bundleModule(fileURLToPath(new URL('./gpu-page.ts', import.meta.url)), folder);
  }, 60_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function inPage<R>(mode: (typeof MODES)[number], work: (open: OpenPage) => Promise<R>): Promise<R> {
    const open = await openPage(folder, { flags: mode === 'webgpu' ? WEBGPU_FLAGS : [] });
    try {
      return await work(open);
    } finally {
      await open.close();
    }
  }

  test.each(MODES)(
    '1,000 training steps in mode %s leave memory where it was after 250',
    { timeout: 300_000 },
    async (mode) => {
      const { early, late } = await inPage(mode, async ({ page }) => {
        const devtools = await page.context().newCDPSession(page);
        await devtools.send('Performance.enable');
        await page.exposeFunction('heapBytes', async () => {
          await devtools.send('HeapProfiler.collectGarbage');
          const { metrics } = await devtools.send('Performance.getMetrics');
          return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value;
        });
        return page.evaluate((asked) => globalThis.trainLong(asked), mode);
      });
      expect(early.heap).toBeGreaterThan(1e6);
      expect(late.heap).toBeLessThan((early.heap as number) * 1.05);
      expect(early.device).toBeGreaterThan(0);
      expect(late.device).toBeLessThanOrEqual(early.device as number);
    },
  );

  test.each(MODES)('a lost device in mode %s leaves the weights of the last whole epoch', async (mode) => {
    const { error, message, expected, left } = await inPage(mode, ({ page }) =>
      page.evaluate((asked) => globalThis.loseDevice(asked), mode),
    );
    expect(error).toBe('EngineError');
    expect(message).toContain(`gpu (${mode}): a device was expected, but it was lost`);
    expect(left).toEqual(expected);
    expect(JSON.stringify(left)).toMatch(/\d\.\d/);
  });

  test('a tensor above the limits of the device is an error, and the engine goes on', async () => {
    const { error, message, after } = await inPage('webgpu', ({ page }) =>
      page.evaluate(() => globalThis.askTooMuch()),
    );
    expect(error).toBe('EngineError');
    expect(message).toMatch(
      /^gpu \(webgpu\): the kernel gather .*limit of 65535.*; use another mode, or smaller sizes/,
    );
    expect(after).toEqual([6]);
  });
});
