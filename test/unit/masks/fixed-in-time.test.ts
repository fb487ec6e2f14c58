import { key, SITES, type Site } from 'keepgate';
import { expect, test } from 'vitest';
import { defaultScope, hasTimesteps, timestepKey } from '../../../src/masks/fixed-in-time.ts';

test('a mask is fixed in time by default, but for those of single tokens', () => {
  const byDefault = (scope: string): string[] =>
    Object.keys(SITES).filter((site) => defaultScope(site as Site) === scope);
  expect(byDefault('step')).toEqual(['token', 'unknown']);
  expect(byDefault('sequence')).toHaveLength(Object.keys(SITES).length - 2);
});

test.each([
  ['recurrent', 'sequence', false],
  ['recurrent', 'step', true],
  ['weight', 'sequence', false],
  ['token', 'step', true],
  // Fixed for each word type, and a word type stands at some timesteps only.
  ['wordType', 'sequence', true],
] as const)('%s, %s: an entry for each timestep: %s', (site, scope, wanted) => {
  expect(hasTimesteps({ site, scope })).toBe(wanted);
});

test('the key of a timestep is that of the mask where it is fixed, and one for each where it is not', () => {
  const mask = key(3);
  expect(timestepKey({ scope: 'sequence' }, mask, 5)).toBe(mask);
  const keys = [0, 1, 2, 1].map((t) => timestepKey({ scope: 'step' }, mask, t).words.join());
  expect(new Set([mask.words.join(), ...keys]).size).toBe(4);
  expect(keys[1]).toBe(keys[3]);
});
