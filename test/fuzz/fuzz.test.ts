import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fuzz, TARGETS } from './fuzz.ts';

/** A few of the inputs of `npm run fuzz`. */
test.each(TARGETS)('$name: each input is taken, or refused with a typed error of one line', async (target) => {
  const folder = await mkdtemp(join(tmpdir(), 'keepgate-fuzz-'));
  try {
    const { taken, refused, findings } = await fuzz(target, folder, { inputs: 500, first: 0, seed: 2 });
    expect(findings).toEqual([]);
    // Inputs of one kind alone would try little.
    expect(Math.min(taken, refused)).toBeGreaterThan(10);
  } finally {
    await rm(folder, { recursive: true });
  }
});
