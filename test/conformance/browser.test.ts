import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleModule, IN_CHROMIUM, NO_CHROMIUM, openPage, WEBGPU_FLAGS } from '../helpers/chromium.ts';
import { ENGINES } from '../helpers/engines.ts';
import { checkLists } from './checks/lists.ts';
import type { PageReport } from './page.ts';

const golden = JSON.parse(await readFile(new URL('../golden/recurrent.json', import.meta.url), 'utf8'));
const lists = Object.entries(checkLists(golden)).map(([list, checks]) => ({ list, checks }));
const rows = ENGINES.filter(({ place }) => place === 'chromium');

describe.skipIf(NO_CHROMIUM)(IN_CHROMIUM, () => {
  let folder: string;
  let warnings: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keepgate-page-'));
    warnings = await bundleModule(fileURLToPath(new URL('./page.ts', import.meta.url)), folder);
  }, 60_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('the bundler has nothing to say', () => {
    expect(warnings).toEqual([]);
  });

  // One page a mode runs all checks; each of them is then a test.
  describe.each(rows)('$name', ({ name, mode, runsOn, isolated = false, tolerances }) => {
    let report: PageReport;
    let complaints: readonly string[];

    beforeAll(async () => {
      const open = await openPage(folder, { flags: mode === 'webgpu' ? WEBGPU_FLAGS : [], isolated });
      complaints = open.complaints;
      try {
        report = await open.page.evaluate(([engine, cases]) => globalThis.runChecks(engine, cases), [
          name,
          golden,
        ] as const);
      } catch (error) {
        throw new Error(`the page was expected to run all checks, but: ${[...complaints, error].join('; ')}`);
      } finally {
        await open.close();
      }
    }, 480_000);

    test('the mode that was asked for ran', () => {
      expect(report.describe).toContain(runsOn);
      expect(report.describe).not.toContain('fell back');
    });

    test('all buffers are freed, those of the device as well', () => {
      expect(report.after).toEqual(report.before);
      expect(report.after.device).toBe(0);
    });

    test('it can be used until it is disposed of', () => {
      expect(report.usable).toEqual([true, false]);
    });

    test('nothing was printed, thrown or missing', () => {
      expect(complaints).toEqual([]);
    });

    describe.each(lists)('$list', ({ list, checks }) => {
      test.each(checks)('$name', ({ name: check }) => {
        const result = report.results[list]?.[check];
        expect(result).toBeTypeOf('number');
        expect(result).toBeLessThanOrEqual(tolerances[list as keyof typeof tolerances]);
      });
    });
  });
});
