import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PAGE, schemesPage } from '../../docs/generate-schemes.ts';

test('docs/schemes.md is up to date: if not, run npx tsx docs/generate-schemes.ts', async () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(await schemesPage());
});
