import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROPERTY_NAMES } from '../../src/verify/black-box/property-names.ts';
import { LAWS } from '../../src/verify/laws/laws.ts';
import type { Report } from '../../src/verify/report.ts';
import { verify } from '../../src/verify/verify.ts';
import { GALLERY, WRONG_CELLS, WRONG_PLANS } from './gallery.ts';
import { galleryTables, withTables } from './tables.ts';

/** A machine that does other work as well can take a minute for the largest schemes. */
const TIMEOUT = 300_000;

function failed({ properties }: Report): string[] {
  return properties.filter(({ passed }) => !passed).map(({ name }) => name);
}

describe('the verifier catches every wrong layer, and names the fault', () => {
  test.each(GALLERY.filter(({ missed }) => !missed))(
    '$group $name: $caughtBy',
    { timeout: TIMEOUT },
    async ({ subject, caughtBy }) => {
      expect(failed(await verify(subject()))).toContain(caughtBy);
    },
  );
});

describe.skipIf(!GALLERY.some(({ missed }) => missed))('but for those that it does not name yet', () => {
  test.each(GALLERY.filter(({ missed }) => missed))('$group $name: $caughtBy', { timeout: TIMEOUT }, async (entry) => {
    expect(failed(await verify(entry.subject())), 'take `missed` out of this entry').not.toContain(entry.caughtBy);
  });
});

describe('and every wrong cell', () => {
  test.each(WRONG_CELLS)('$group $name: $caughtBy', { timeout: TIMEOUT }, async ({ subject, caughtBy }) => {
    expect(failed(await verify(subject()))).toContain(caughtBy);
  });
});

test.each(WRONG_PLANS)('$group $name: $caughtBy', ({ right, wrong, holds }) => {
  expect(holds(right())).toBe(true);
  expect(holds(wrong())).toBe(false);
});

test('every entry has a name of its own, and a property that there is', () => {
  const names = [...GALLERY, ...WRONG_CELLS, ...WRONG_PLANS].map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  expect(GALLERY.filter(({ caughtBy }) => PROPERTY_NAMES.every((name) => name !== caughtBy))).toEqual([]);
  expect(WRONG_CELLS.filter(({ caughtBy }) => LAWS.every(({ name }) => name !== caughtBy))).toEqual([]);
});

test('every family of faults is there', () => {
  const groups = new Set<string>([...GALLERY, ...WRONG_CELLS, ...WRONG_PLANS].map(({ group }) => group));
  expect(Array.from({ length: 14 }, (_, i) => `E${i + 1}`).filter((group) => !groups.has(group))).toEqual([]);
});

test('docs/verification.md has the gallery as it is: npx tsx test/gallery/write-tables.ts', () => {
  const page = readFileSync(new URL('../../docs/verification.md', import.meta.url), 'utf8');
  expect(page).toBe(withTables(page, galleryTables(GALLERY, WRONG_CELLS, WRONG_PLANS)));
});
