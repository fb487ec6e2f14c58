import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleModule, IN_CHROMIUM, NO_CHROMIUM, openPage } from '../helpers/chromium.ts';
import './engines-page.ts';

describe.skipIf(NO_CHROMIUM)(IN_CHROMIUM, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keepgate-page-'));
    await bundleModule(fileURLToPath(new URL('./engines-page.ts', import.meta.url)), folder);
    const page = await readFile(join(folder, 'index.html'), 'utf8');
    const policy = `<meta http-equiv="Content-Security-Policy" content="script-src 'self'" />`;
    await writeFile(join(folder, 'strict.html'), page.replace('<title>', `${policy}<title>`));
  }, 60_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function trainMany(path: string, count: number): ReturnType<typeof globalThis.trainMany> {
    const open = await openPage(folder, { path });
    try {
      await open.page.waitForFunction(() => 'trainMany' in globalThis);
      return await open.page.evaluate((asked) => globalThis.trainMany(asked), count);
    } finally {
      await open.close();
    }
  }

  // A page has addresses for some 125 engines of simd.
  test('140 models that name no engine run on one, and it is simd', async () => {
    const { engines, warnings } = await trainMany('', 140);
    expect(engines).toEqual([expect.stringMatching(/^simd: .*, one thread$/)]);
    expect(warnings).toEqual([]);
  });

  test('a policy without WebAssembly leaves the reference engine, and it is told why', async () => {
    const { engines, warnings } = await trainMany('strict.html', 2);
    expect(warnings).toEqual([expect.stringMatching(/^auto: reference, .*Content Security Policy/)]);
    expect(engines).toEqual([`reference: float64 TypeScript, one thread; ${warnings[0]}`]);
  });
});
