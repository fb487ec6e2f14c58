import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BundleSize, bundleSize } from '../helpers/bundle-sizes.ts';
import { ROOT } from '../helpers/run-script.ts';

/** The rows of the table in docs/guide/in-a-page.md: what is imported, and how many kB that is at most. */
const ROWS = readFileSync(join(ROOT, 'docs/guide/in-a-page.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, what = '', first, later] = /^\| `import (.*)` +\| (\d+) +\| (\d+) +\|$/.exec(line) ?? [];
    return what === '' ? [] : [{ what, first: Number(first), later: Number(later) }];
  });

/** Of a limit that the size has to reach: so that the table says what is so. */
const LEAST = 0.75;

/** Vite builds for what this says, and test runners set it. */
const { NODE_ENV = 'test' } = process.env;
beforeAll(() => {
  process.env.NODE_ENV = 'production';
});
afterAll(() => {
  process.env.NODE_ENV = NODE_ENV;
});

test('the table has the entries of the package', () => {
  const text = ROWS.map(({ what }) => what).join('\n');
  for (const entry of ["'keepgate'", "'keepgate/interop'", "'keepgate/verify'"])
    expect(text).toMatch(new RegExp(`\\* as \\w+ from ${entry}$`, 'm'));
});

describe('what a page bundles is as large as docs/guide/in-a-page.md says', () => {
  test.each(ROWS)('import $what', { timeout: 300_000 }, async ({ what, first, later }) => {
    const found = await bundleSize(`export ${what};`);
    for (const [name, most] of Object.entries({ first, later }) as [keyof BundleSize, number][]) {
      expect(found[name] / 1000, name).toBeLessThanOrEqual(most);
      expect(found[name] / 1000, name).toBeGreaterThanOrEqual(LEAST * most);
    }
  });

  test('a single layer is small: below 60 kB, without gpu.js', { timeout: 300_000 }, async () => {
    const { first, later } = await bundleSize("export { recurrent } from 'keepgate';");
    expect(first).toBeLessThan(60_000);
    // gpu.js is there, and is loaded when a gpu engine is made.
    expect(later).toBeGreaterThan(150_000);
  });
});
